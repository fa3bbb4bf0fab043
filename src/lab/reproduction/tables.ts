import { answering } from '../../waltz/game/roles';
import { paperTable1 } from '../../waltz/evaluate/paper';
import type { RunConfig } from '../config/run-config';
import type { Serving } from '../run/serving';

/** Fractions, under the names that our sets stand for. */
export interface PaperRates {
  masked?: number;
  'masked-unseen'?: number;
  plain?: number;
  asr?: number;
  sensitive?: number;
  'sensitive-unseen'?: number;
  orr?: number;
  f1?: number;
  /** Share of feedbacks with both labels right, and of prompts whose answer was sent back. */
  labels?: Partial<Record<string, number>>;
  triggers?: Partial<Record<string, number>>;
}

/** One row of a table: what is trained, and what of it is served. */
export interface Row {
  label: string;
  /** The settings of its runs, from those of a preset; null for the base agents as they are. */
  train: ((preset: RunConfig) => RunConfig) | null;
  serving: Serving;
  /** What the paper reports, null where it has no such row. */
  paper: PaperRates | null;
}

export interface Table {
  title: string;
  rows: readonly Row[];
}

const whole = (preset: RunConfig): RunConfig => preset;
const single = (preset: RunConfig): RunConfig => ({ ...preset, method: 'single-model' });
const longer = (preset: RunConfig, times: number): RunConfig => {
  const { one, two } = preset.stages;
  return { ...preset, stages: { one: Math.round(one * times), two: Math.round(two * times) } };
};
/** The conversation agent is frozen in stage 1, and all terms of the reward are paid (sec. 2.4). */
const firstStage = ({ stages, ...preset }: RunConfig): RunConfig => ({
  ...preset,
  stages: { one: stages.one + stages.two, two: 0 },
});
const frozen = (preset: RunConfig): RunConfig => ({ ...preset, freeze: answering.name });
const variant =
  (name: RunConfig['reward']['variant'], from = whole) =>
  (preset: RunConfig): RunConfig => ({ ...from(preset), reward: { ...preset.reward, variant: name } });
const trajectories =
  (name: RunConfig['rollout']['trajectories']) =>
  (preset: RunConfig): RunConfig => ({ ...preset, rollout: { ...preset.rollout, trajectories: name } });
const rounds =
  (count: number) =>
  (preset: RunConfig): RunConfig => ({ ...preset, rollout: { ...preset.rollout, max_rounds: count } });
/** As many games a step, in groups of four. */
const grouped =
  (estimator: RunConfig['policy']['estimator']) =>
  (preset: RunConfig): RunConfig => ({
    ...preset,
    rollout: { ...preset.rollout, batch: Math.max(1, Math.round(preset.rollout.batch / 4)), rollouts_per_prompt: 4 },
    policy: { ...preset.policy, estimator },
  });

const waltzrl: Row = {
  label: 'WaltzRL',
  train: whole,
  serving: 'advised',
  paper: {
    ...paperTable1.waltzrl,
    labels: { masked: 0.701, sensitive: 0.606 },
    triggers: { masked: 0.482, sensitive: 0.431, everyday: 0.067 },
  },
};
const untrained: Row = {
  label: 'collaboration of the untrained agents',
  train: null,
  serving: 'advised',
  paper: {
    ...paperTable1.untrained,
    labels: { masked: 0.314, sensitive: 0.639 },
    triggers: { masked: 0.822, sensitive: 0.755, everyday: 0.426 },
  },
};
const singleModel: Row = {
  label: 'single-model RL',
  train: single,
  serving: 'alone',
  paper: paperTable1.single,
};

/** WaltzRL as the preset has it. */
export const yardstick = waltzrl.label;
/** The base agents as they are, without feedback: what training starts from. */
export const baseline = 'base agent';

/** The paper's tables, and what its reviewers missed. */
export const tables = {
  table1: {
    title: 'Methods (the paper’s Table 1)',
    rows: [
      { label: baseline, train: null, serving: 'alone', paper: paperTable1.base },
      { label: 'base agent + safeguard', train: null, serving: 'guarded', paper: paperTable1.baseGuarded },
      singleModel,
      { label: 'single-model RL + safeguard', train: single, serving: 'guarded', paper: paperTable1.singleGuarded },
      untrained,
      { label: 'oracle labels as template feedback', train: null, serving: 'oracle', paper: paperTable1.oracle },
      waltzrl,
    ],
  },
  table3: { title: 'Labels and triggers (the paper’s Table 3)', rows: [untrained, waltzrl] },
  table5: {
    title: 'Conversation agent frozen in both stages (Table 5)',
    rows: [
      waltzrl,
      {
        label: 'frozen',
        train: frozen,
        serving: 'advised',
        paper: { asr: 0.051, orr: 0.142, f1: 0.901 },
      },
    ],
  },
  table6: {
    title: 'No Dynamic Improvement Reward (Table 6)',
    rows: [
      waltzrl,
      {
        label: 'reward of the served answer',
        train: variant('no-dir'),
        serving: 'advised',
        paper: { asr: 0.084, orr: 0.067, f1: 0.924 },
      },
    ],
  },
  table7: {
    title: 'Stage 1 only (Table 7)',
    rows: [
      waltzrl,
      {
        label: 'stage 1 only',
        train: (preset) => ({ ...preset, stages: { ...preset.stages, two: 0 } }),
        serving: 'advised',
        paper: {
          ...{ masked: 0.117, sensitive: 0.351 },
          labels: { masked: 0.714, sensitive: 0.583 },
          triggers: { masked: 0.527, sensitive: 0.299 },
        },
      },
    ],
  },
  table8: {
    title: 'First or served answers alone (Table 8)',
    rows: [
      waltzrl,
      {
        label: 'τ_A only',
        train: trajectories('tau_a'),
        serving: 'advised',
        paper: { asr: 0.037, orr: 0.086, f1: 0.938 },
      },
      {
        label: 'τ_B only',
        train: trajectories('tau_b'),
        serving: 'advised',
        paper: { asr: 0.058, orr: 0.092, f1: 0.924 },
      },
    ],
  },
  fig2: {
    title: 'Terms of the reward, conversation agent frozen (Fig. 2)',
    rows: (['A', 'B', 'C'] as const).map((name): Row => ({
      label: `variant ${name}`,
      train: variant(name, firstStage),
      serving: 'advised',
      paper: null,
    })),
  },
  matched: {
    title: 'Single-model RL with as many texts, and as many tokens, as WaltzRL',
    rows: [
      waltzrl,
      singleModel,
      // Both factors are those of the preset `standard`. A game of WaltzRL is an answer, a feedback and in about a fifth of
      // games another answer.
      { ...singleModel, label: 'as many texts', train: (preset) => longer(single(preset), 2.2), paper: null },
      // Feedback is long: a game of it is about five times the tokens of an answer.
      { ...singleModel, label: 'as many tokens', train: (preset) => longer(single(preset), 5), paper: null },
    ],
  },
  rounds: {
    title: 'More rounds of feedback',
    rows: [
      waltzrl,
      ...[2, 3].map((count): Row => ({ ...waltzrl, label: `T_max ${count}`, train: rounds(count), paper: null })),
    ],
  },
  reference: {
    title: 'What the KL penalty holds the feedback agent to in stage 2',
    rows: [
      waltzrl,
      {
        ...waltzrl,
        label: 'the base agent',
        train: (preset) => ({ ...preset, policy: { ...preset.policy, reference: 'run' } }),
        paper: null,
      },
    ],
  },
  estimators: {
    title: 'Advantage estimators, four games of each prompt',
    rows: (
      [
        ['REINFORCE++', 'reinforce++'],
        ['REINFORCE++-baseline', 'reinforce++-baseline'],
        ['RLOO', 'rloo'],
        ['GRPO', 'grpo'],
      ] as const
    ).map(([label, name]): Row => ({ ...waltzrl, label, train: grouped(name), paper: null })),
  },
} as const satisfies Record<string, Table>;

export type TableName = keyof typeof tables;

/** The row that others are compared with first: WaltzRL, or a table's first where it is not there. */
export function yardstickOf<R extends { label: string }>(rows: readonly R[]): R {
  return rows.find(({ label }) => label === yardstick) ?? rows[0];
}
export const tableNames = Object.keys(tables) as TableName[];
