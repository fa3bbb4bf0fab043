import type { Task } from '../src/task/task';
import { roleNames } from '../src/waltz/game/roles';
import { type ModelName, modelNames } from '../src/lab/models/model-names';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { readRunArchive, writeBaseArchive, writeRunArchive } from '../src/checkpoint/archive';
import type { RunFormat, RunSnapshot } from '../src/checkpoint/snapshot';
import type { Provenance } from '../src/model/provenance';
import { isSameTask } from '../src/task/task-tag';
import { modelConfig } from '../src/lab/models/architecture';
import { defaults } from '../src/lab/config';
import { archiveName, safeguardName, shippedModel, type BaseChoice } from '../src/lab/models/shipped';
import { pretrain, type WarmStartProgress } from '../src/lab/models/pretrain';
import { initialState } from '../src/model/init';
import { sizeNames } from '../src/model/sizes';
import type { Backend } from '../src/model/backend';
import type { LlamaConfig } from '../src/model/config';
import type { ModelCapacity } from '../src/model/capacity';
import type { AgentState } from '../src/model/state';
import type { VariantWish } from '../src/model/variants';
import type { SupervisedSchedule } from '../src/task/warm-start';
import { UsageError, type Arguments, type CommandDescription } from './arguments';
import { computeChoice, computeOptions } from './compute-options';
import { archivePath } from './base-agents';
import { readIfPresent, writeAtomically } from './files';
import { Interruption } from './interruption';
import { Clock, duration, emit, say } from './output';
import { sayMemory, withBackend } from './backend';
import { environmentOf, type Environment } from '../src/lab/models/environment';
import { tasks } from '../src/tasks';

/** Steps between two checkpoints. */
const EVERY = 100;

export const pretrainCommand = {
  name: 'pretrain',
  summary:
    'Makes the base agents by supervised warm start. Goes on where it stopped; the same seed gives the same agents.',
  operands: [],
  options: {
    out: {
      value: 'DIR',
      description: 'folder for the archive (the shipped ones are in public/agents)',
    },
    seed: { value: 'N', description: 'seed of weights and examples (default 1)' },
    task: { value: 'NAME', description: `${Object.keys(tasks).join(', ')} (default ${defaults.task.name})` },
    level: { value: 'NAME', description: `of the task (default ${defaults.task.level}, or its first)` },
    agent: { value: 'NAME', description: `${modelNames.join(', ')}, or both: all but the safeguard (default both)` },
    model: {
      value: 'SIZE',
      description: `${sizeNames.join(', ')}: about so many parameters (default what is shipped, or ${defaults.model})`,
    },
    'micro-batch-tokens': {
      value: 'N',
      description: 'tokens of a batch that are computed at once, for large sizes (default 0: all)',
    },
    ...computeOptions,
  },
} as const satisfies CommandDescription;

/** Where the warm start of one agent stands. */
interface Recipe extends BaseChoice {
  agent: ModelName;
  seed: number;
  schedule: SupervisedSchedule;
  /** 0 for a whole batch. */
  microBatchTokens: number;
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const number = v.pipe(v.number(), v.finite());

const format: RunFormat<Recipe, WarmStartProgress, never, never> = {
  configVersion: 2,
  oldestConfigVersion: 2,
  config: v.object({
    task: v.object({ name: v.string(), level: v.string() }),
    model: v.picklist(sizeNames),
    agent: v.picklist(modelNames),
    seed: count,
    schedule: v.object({ steps: count, batch: count, learningRate: number, warmupSteps: count, gradientClip: number }),
    microBatchTokens: count,
  }),
  metrics: v.object({ step: count, loss: number, tokens: count, learningRate: number }),
  evaluation: v.never(),
  measured: v.never(),
  total: ({ schedule }) => schedule.steps,
  contradiction: () => null,
};

type Saved = RunSnapshot<Recipe, WarmStartProgress, never, never>;

export async function pretrainAgents(args: Arguments): Promise<void> {
  const computing = computeChoice(args);
  const out = args.required('out');
  const choice = choiceOf(args);
  const seed = args.count('seed') ?? 1;
  const microBatchTokens = args.count('micro-batch-tokens') ?? 0;
  const which = args.choice('agent', [...modelNames, 'both'] as const) ?? 'both';
  const home = environmentOf(choice.task);
  const recipeOf = (agent: ModelName): Recipe => ({
    ...{ ...choice, agent, seed, schedule: home.task.warmStart.schedule(agent), microBatchTokens },
  });
  const recipes = (which === 'both' ? roleNames : [which]).map(recipeOf);
  const work = async (backend: Backend) => {
    const interruption = new Interruption();
    const variants = { choice: computing.kernels, recorded: {} };
    try {
      for (const recipe of recipes) {
        if (!(await warmStart({ backend, variants }, home, recipe, partial(out, recipe), interruption))) return false;
      }
      return true;
    } finally {
      interruption.end();
    }
  };
  const finished = await withBackend(computing, work, { recorded: await computedBefore(recipes, out) });
  if (!finished) return;
  const together = which === 'safeguard' ? [which] : roleNames;
  await assemble(out, together.map(recipeOf), home.task);
}

/** What computed the agents that are under way. */
async function computedBefore(recipes: readonly Recipe[], out: string): Promise<Provenance | undefined> {
  for (const recipe of recipes) {
    const bytes = readIfPresent(partial(out, recipe));
    if (bytes) return (await readRunArchive(bytes, format)).provenance;
  }
  return undefined;
}

/** What the agents are made for. Throws `UsageError`. */
function choiceOf(args: Arguments): BaseChoice {
  const name = args.choice('task', Object.keys(tasks)) ?? defaults.task.name;
  const levels = tasks[name].levels.map((level) => level.name);
  const usual = levels.includes(defaults.task.level) ? defaults.task.level : levels[0];
  const task = { name, level: args.choice('level', levels) ?? usual };
  return { task, model: args.choice('model', sizeNames) ?? shippedModel(task) ?? defaults.model };
}

/** The checkpoint of one agent, gone once the archive is there. */
function partial(out: string, recipe: Recipe): string {
  return join(out, '.partial', `${archiveName(recipe)}-${recipe.agent}-${recipe.seed}.waltz`);
}

/** @returns whether it reached its last step. */
async function warmStart(
  { backend, variants }: { backend: Backend; variants: VariantWish },
  { task, tokenizer }: Environment,
  recipe: Recipe,
  path: string,
  interruption: Interruption,
): Promise<boolean> {
  const { agent: name, schedule, seed } = recipe;
  const bytes = readIfPresent(path);
  const saved = bytes && (await readRunArchive(bytes, format));
  if (saved) checkRecipe(saved, recipe, task, path);
  if (saved?.finished) return true;
  const config = modelConfig(recipe.model, tokenizer.size, task.limits);
  const state = saved?.agents[name] ?? initialState(config, seed, modelNames.indexOf(name));
  const options = { rules: { endTokens: [tokenizer.id('<end>')] }, variants };
  const opened = await backend.open({ [name]: state }, warmStartCapacity(state.config, recipe), options);
  const model = opened.models[name];
  sayMemory(backend, opened.bytes);
  const metrics: WarmStartProgress[] = [...(saved?.metrics ?? [])];
  const archive = archiveName(recipe);

  async function save(): Promise<void> {
    const snapshot: Saved = {
      ...{ run: `pretrain-${archive}-${name}-${seed}`, name: `Warm start of ${name}, ${archive}`, config: recipe },
      ...{ task: task.tag, step: metrics.length, finished: metrics.length === schedule.steps, metrics },
      ...{ evaluations: [], measured: [], agents: { [name]: await model.save() }, tokenizer: tokenizer.toJSON() },
      ...{ provenance: backend.provenance, counters: {} },
    };
    writeAtomically(path, await writeRunArchive(snapshot, format));
  }

  const clock = new Clock(schedule.steps, metrics.length);
  let tokens = 0;
  say(`${name} of ${archive}: ${metrics.length} of ${schedule.steps} steps done`);
  for await (const progress of pretrain(model, { task, tokenizer, name, schedule, seed }, metrics.length)) {
    metrics.push(progress);
    tokens += progress.tokens;
    emit({ agent: name, ...progress, time: { elapsed: Math.round(1000 * clock.elapsed) } });
    if (progress.step % 10 === 0) {
      say(
        `${name} ${progress.step}/${schedule.steps}  loss ${progress.loss.toFixed(4)}  ` +
          `${Math.round(tokens / clock.elapsed)} tokens/s  ${duration(clock.remaining(progress.step))} left`,
      );
    }
    if (progress.step % EVERY === 0) await save();
    if (interruption.asked) break;
  }
  await save();
  opened.close();
  const finished = metrics.length === schedule.steps;
  if (!finished) say(`Saved at step ${metrics.length}. The same command goes on.`);
  return finished;
}

/** Room for supervised batches, in which no sequence is longer than the model's positions. */
function warmStartCapacity(
  { max_position_embeddings: length }: LlamaConfig,
  { schedule: { batch: sequences }, microBatchTokens }: Recipe,
): ModelCapacity {
  return {
    length,
    training: { tokens: sequences * length, sequences, ...(microBatchTokens > 0 ? { microBatchTokens } : {}) },
    generation: null,
    advice: (most) => `Give --micro-batch-tokens ${most}.`,
  };
}

function checkRecipe(saved: Saved, recipe: Recipe, task: Task, path: string): void {
  if (JSON.stringify(saved.config) === JSON.stringify(recipe) && isSameTask(saved.task, task.tag)) return;
  throw new UsageError(`${path} was made with another recipe or task. Remove it to begin anew.`);
}

/** Puts agents that are shipped together into one archive once all are there. */
async function assemble(out: string, wanted: readonly Recipe[], task: Task): Promise<void> {
  const agents: Record<string, AgentState> = {};
  const schedules: Record<string, SupervisedSchedule> = {};
  let tokenizer: Record<string, unknown> = {};
  let provenance: Provenance | null = null;
  for (const recipe of wanted) {
    const { agent } = recipe;
    const bytes = readIfPresent(partial(out, recipe));
    const saved = bytes && (await readRunArchive(bytes, format));
    if (!saved?.finished) {
      say(`The ${agent} agent is not there yet: the archive waits for it.`);
      return;
    }
    checkRecipe(saved, recipe, task, partial(out, recipe));
    agents[agent] = saved.agents[agent];
    schedules[agent] = recipe.schedule;
    ({ tokenizer, provenance } = saved);
  }
  if (!provenance) return;
  const [first] = wanted;
  const { task: choice, model, seed, microBatchTokens } = first;
  const safeguard = first.agent === 'safeguard';
  const path = archivePath(safeguard ? safeguardName(first) : archiveName(first), out);
  const split = microBatchTokens > 0 ? ` --micro-batch-tokens ${microBatchTokens}` : '';
  const which = safeguard ? ' --agent safeguard' : '';
  const command = `waltz pretrain --task ${choice.name} --level ${choice.level} --model ${model} --seed ${seed}${which}${split}`;
  const recipe = { command, seed, schedules };
  writeAtomically(path, await writeBaseArchive({ task: task.tag, agents, tokenizer, provenance, recipe }));
  for (const one of wanted) rmSync(partial(out, one));
  say(`Written: ${path}`);
}
