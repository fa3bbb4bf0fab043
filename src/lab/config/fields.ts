import { sizeNames } from '../../model/sizes';
import { tasks } from '../../tasks';
import { roles, type RoleName } from '../../waltz/game/roles';

/** Leaves of `RunConfig` by dotted path, the preset's name apart. */
export type FieldPath =
  | 'seed'
  | `task.${'name' | 'level'}`
  | 'model'
  | 'init'
  | 'method'
  | 'freeze'
  | 'stages.one'
  | 'stages.two'
  | `reward.${'variant' | 'alpha' | 'lambda' | 'lambda_two' | 'gamma' | 'gate'}`
  | `rollout.${'batch' | 'rollouts_per_prompt' | 'max_rounds' | 'temperature' | 'trajectories'}`
  | `policy.${'estimator' | 'beta' | 'reference' | 'epsilon' | 'updates_per_batch' | 'loss_mean'}`
  | `optimizer.learning_rate.${RoleName}`
  | `optimizer.${'gradient_clip' | 'warmup_steps' | 'micro_batch_tokens'}`
  | `evaluation.${'every' | 'prompts' | 'temperature'}`
  | `checkpoint.${'every_steps' | 'every_seconds'}`;

export const fieldGroups = ['Experiment', 'Rewards', 'Learning', 'Game', 'Evaluation'] as const;
export type FieldGroup = (typeof fieldGroups)[number];

/** `step` is a slider's, not a rule: any number in the range is valid. */
export type FieldKind =
  | { type: 'number'; min: number; max: number; step: number; scale: 'linear' | 'log' }
  | { type: 'integer'; min: number; max: number; step: number }
  | { type: 'choice'; choices: readonly Choice[] };

export interface Choice {
  value: string;
  label: string;
  /** In the name of a run that differs by it, without the field's own. */
  said: string;
  /** Whether the page offers it; what it does not can still be set. */
  offered: boolean;
}

/** One control: what it is called, what it does, and what the paper says. */
export interface Field {
  path: FieldPath;
  label: string;
  /** The paper's letter, null where it has none. */
  symbol: string | null;
  /** One plain line. */
  description: string;
  /** The paper's value, null where it does not say or has no such setting. */
  paper: number | string | null;
  kind: FieldKind;
  group: FieldGroup;
}

type Row = [
  path: FieldPath,
  label: string,
  symbol: string | null,
  paper: Field['paper'],
  kind: FieldKind,
  text: string,
];

function number(min: number, max: number, step: number, scale: 'linear' | 'log' = 'linear'): FieldKind {
  return { type: 'number', min, max, step, scale };
}

function integer(min: number, max: number, step = 1): FieldKind {
  return { type: 'integer', min, max, step };
}

type Words = [value: string, label: string, said: string, offered?: boolean];

function choice(...choices: Words[]): FieldKind {
  return {
    type: 'choice',
    choices: choices.map(([value, label, said, offered = true]) => ({ value, label, said, offered })),
  };
}

const taskNames = choice(
  ...Object.entries(tasks).map(([name, { title, example }]): Words => [name, title, title, !example]),
);

const capitalised = (word: string) => word[0].toUpperCase() + word.slice(1);

/** Of all tasks, each name once; `choicesIn` says which of them a task has. */
const levels = choice(
  ...new Map(
    Object.values(tasks)
      .flatMap((task) => task.levels)
      .map(({ name, title }): [string, Words] => [name, [name, title, `world ${name}`]]),
  ).values(),
);
const models = choice(...sizeNames.map((name): Words => [name, name, `model ${name}`]));
const beginnings = choice(['base', 'Base agents', 'base agents'], ['random', 'Random', 'random weights']);
const methods = choice(['waltzrl', 'WaltzRL', 'WaltzRL'], ['single-model', 'One agent', 'single-model RL']);
const frozen = choice(
  ['none', 'Neither', 'no agent frozen'],
  ...roles.map(({ name, label }): [string, string, string] => [name, capitalised(name), `${label} frozen`]),
);
const variants = choice(
  ['A', 'A · all terms', 'all terms of the reward'],
  ['B', 'B · no λ', 'no λ'],
  ['C', 'C · no λ, no gate', 'no λ, no gate'],
  ['no-dir', 'No DIR · reward of the served answer', 'no DIR'],
);
const gates = choice(
  ['all', 'Gains and losses', 'the gate on gains and losses'],
  ['gains', 'Gains alone', 'the gate on gains alone'],
);
const trajectories = choice(
  ['mixed', 'Mixed', 'τ_A and τ_B'],
  ['tau_a', 'τ_A · first answers', 'τ_A only'],
  ['tau_b', 'τ_B · served answers', 'τ_B only'],
);
const estimators = choice(
  ['reinforce++', 'REINFORCE++', 'REINFORCE++'],
  ['reinforce++-kind', 'REINFORCE++, mean of its kind', 'REINFORCE++ with the mean of its kind'],
  ['reinforce++-baseline', 'REINFORCE++-baseline', 'REINFORCE++-baseline'],
  ['rloo', 'RLOO', 'RLOO'],
  ['grpo', 'GRPO', 'GRPO'],
);
const references = choice(
  ['stage', 'As stage 1 left it', 'π_ref as stage 1 left it'],
  ['run', 'Start of the run', 'π_ref the start of the run'],
);
const lossMeans = choice(
  ['tokens', 'All tokens of the batch', 'loss over all tokens'],
  ['sequences', 'Each text first (1/|y|)', 'loss over each text first'],
);

const rows: Record<FieldGroup, Row[]> = {
  Experiment: [
    ['task.name', 'Task', null, null, taskNames, 'Where prompts come from, and what judges the answers.'],
    ['task.level', 'Level', null, null, levels, 'How hard the prompts are.'],
    ['model', 'Model', null, null, models, 'Size of both agents, by their rough number of parameters.'],
    [
      'init',
      'First weights',
      null,
      null,
      beginnings,
      'Base agents have learned to play from examples; random weights know nothing yet.',
    ],
    [
      'method',
      'Method',
      null,
      'waltzrl',
      methods,
      'WaltzRL trains both agents; one agent alone learns from the judge’s reward of its first answers.',
    ],
    ['seed', 'Seed', null, null, integer(0, 0xffffffff), 'Same seed, same adapter, same run, bit for bit.'],
    ['stages.one', 'Steps of stage 1', null, null, integer(0, 5000), 'Steps in which the feedback agent learns alone.'],
    ['stages.two', 'Steps of stage 2', null, null, integer(0, 5000), 'Steps in which both agents learn together.'],
    ['freeze', 'Frozen agent', null, 'none', frozen, 'An agent that plays but does not learn, in either stage.'],
    [
      'checkpoint.every_steps',
      'Save every … steps',
      null,
      null,
      integer(1, 1000),
      'Steps between two saves of the run.',
    ],
    [
      'checkpoint.every_seconds',
      'Save every … seconds',
      null,
      null,
      integer(5, 600),
      'Seconds between two saves, at most.',
    ],
  ],
  Rewards: [
    ['reward.alpha', 'Improvement', 'α', 0.65, number(0, 2, 0.05), 'Pays feedback for making the answer better.'],
    ['reward.lambda', 'Label', 'λ', 0.25, number(0, 2, 0.05), 'Pays feedback for labelling right, in stage 1.'],
    ['reward.gamma', 'Format', 'γ', 0.1, number(0, 1, 0.05), 'Pays feedback for being well-formed JSON.'],
    [
      'reward.lambda_two',
      'Label, stage 2',
      'λ₂',
      0,
      number(0, 2, 0.05),
      'The same in stage 2, where the paper pays none: a right all-clear then earns as little as a wrong flag.',
    ],
    [
      'reward.gate',
      'Right flags are asked for',
      null,
      'all',
      gates,
      'Improvement is paid where the flags were right. Asked of gains alone, a spoiled answer costs α whatever the flags.',
    ],
    ['reward.variant', 'Terms', null, 'A', variants, "Which terms of the feedback agent's reward are paid."],
  ],
  Learning: [
    ['policy.estimator', 'Estimator', null, 'reinforce++', estimators, 'How rewards become advantages.'],
    ...roles.map(({ name }): Row => [
      `optimizer.learning_rate.${name}`,
      `Learning rate, ${name}`,
      null,
      5e-7,
      number(1e-7, 1e-2, 1e-5, 'log'),
      'Step size of AdamW; a toy model needs a larger one than 8B.',
    ]),
    ['policy.beta', 'KL penalty', 'β', 0.01, number(0, 0.5, 0.005), 'Pulls each agent back to where it started.'],
    [
      'policy.reference',
      'Feedback’s reference in stage 2',
      'π_ref',
      null,
      references,
      'Where the KL penalty of stage 2 pulls the feedback agent: to its base, false alarms and all, or to what stage 1 made of it.',
    ],
    [
      'policy.epsilon',
      'Clip range',
      'ε',
      0.2,
      number(0.01, 0.9, 0.01),
      'Bounds one update; does nothing while updates a batch is 1, as the ratio is then 1.',
    ],
    [
      'policy.updates_per_batch',
      'Updates a batch',
      null,
      null,
      integer(1, 8),
      'Gradient steps on each batch of games.',
    ],
    ['policy.loss_mean', 'Mean of the loss', null, 'sequences', lossMeans, 'What the loss is averaged over.'],
    ['optimizer.gradient_clip', 'Gradient clip', null, null, number(0.01, 100, 0.1, 'log'), 'Largest gradient norm.'],
    [
      'optimizer.warmup_steps',
      'Warm-up',
      null,
      null,
      integer(0, 500),
      "Steps over which an agent's rate rises to full.",
    ],
    [
      'optimizer.micro_batch_tokens',
      'Tokens at once',
      null,
      null,
      integer(0, 1_000_000, 256),
      'Splits a batch that is too large for the GPU; the gradients add up. 0 computes it whole.',
    ],
  ],
  Game: [
    ['rollout.batch', 'Prompts a step', null, 32, integer(1, 512), 'How many prompts are played before each update.'],
    [
      'rollout.rollouts_per_prompt',
      'Games a prompt',
      'n',
      1,
      integer(1, 16),
      'Games of the same prompt; the baselines of a group need at least 2.',
    ],
    ['rollout.max_rounds', 'Rounds', 'T_max', 1, integer(1, 4), 'The most feedbacks that one answer can get.'],
    ['rollout.temperature', 'Temperature', null, 1, number(0.1, 2, 0.05), 'Of sampling while training.'],
    [
      'rollout.trajectories',
      'Learns from',
      'τ',
      'mixed',
      trajectories,
      'Which of its answers the conversation agent learns from.',
    ],
  ],
  Evaluation: [
    ['evaluation.every', 'Every … steps', null, null, integer(1, 1000), 'Steps between two evaluations.'],
    ['evaluation.prompts', 'Prompts a set', null, null, integer(1, 4096), 'More prompts, narrower intervals.'],
    [
      'evaluation.temperature',
      'Temperature',
      null,
      null,
      number(0, 2, 0.05),
      'Of sampling in evaluations; 0 is greedy.',
    ],
  ],
};

/** Every control, in the order in which to show them. */
export const fields: readonly Field[] = fieldGroups.flatMap((group) =>
  rows[group].map(([path, label, symbol, paper, kind, description]) => ({
    path,
    label,
    symbol,
    description,
    paper,
    kind,
    group,
  })),
);

export function fieldOf(path: string): Field | undefined {
  return fields.find((field) => field.path === path);
}
