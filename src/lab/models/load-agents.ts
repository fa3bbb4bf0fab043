import type { Task } from '../../task/task';
import type { RoleName } from '../../waltz/game/roles';
import type { Gpu } from '../../gpu/device';
import { LanguageModel } from '../../lm/language-model';
import type { MemoryEstimate } from '../../lm/memory';
import type { AgentState } from '../../model/state';
import type { Trial } from '../../lm/trial';
import { plainVariants, variantNames } from '../../lm/variants';
import { TrainingWorkspace } from '../../lm/workspace';
import type { Tokenizer } from '../../tokenizer/tokenizer';
import { chooseVariants, type KernelWish } from './kernel-choice';
import { distinctShapes, planRun, sameShape } from './capacity';
import type { RunConfig } from '../config/run-config';

export interface LoadOptions {
  config: RunConfig;
  task: Pick<Task, 'limits'>;
  tokenizer: Tokenizer;
  /** The plain kernels if left out. */
  kernels?: KernelWish;
  /** Counts kernels that are compiled. */
  progress?: (done: number, total: number) => void;
}

/** A run's models on the GPU: both agents, and a safeguard where a method has one. */
export interface LoadedAgents<Name extends string = RoleName> {
  agents: Record<Name, LanguageModel>;
  /** Names of the kernel variants that compute them, and what was timed to choose them. */
  variants: Record<string, string>;
  trials: Trial[];
  /** What they were expected to take. */
  memory: MemoryEstimate;
  /** Everything that they are at this moment, read back. */
  states(): Promise<Record<Name, AgentState>>;
}

/**
 * Puts a run's models on the GPU, with room for the config's batches and longest games. Throws the GPU's errors, and
 * `GpuMemoryError` before anything is done where the room is more than the adapter allows.
 */
export async function loadAgents<Name extends string>(
  gpu: Gpu,
  states: Readonly<Record<Name, AgentState>>,
  { config, task, tokenizer, kernels: wish, progress }: LoadOptions,
): Promise<LoadedAgents<Name>> {
  const names = Object.keys(states) as Name[];
  const shapes = names.map((name) => states[name].config);
  const { training, generation, memory } = planRun(config, task.limits, shapes, gpu.largestBuffer);
  const { slots, newTokens } = generation;
  const { variants, trials } = wish
    ? await chooseVariants(gpu, shapes[0], { tokens: training.microBatchTokens, slots, newTokens }, wish)
    : { variants: plainVariants, trials: [] };
  const models = distinctShapes(shapes);
  const kernels = models.flatMap((model) => LanguageModel.kernels(model, newTokens, variants));
  await gpu.prepare(kernels, progress);
  const workspaces = models.map((model) => new TrainingWorkspace(gpu, model, training));
  const load = (name: Name): LanguageModel => {
    const { config: shape } = states[name];
    const model = new LanguageModel(gpu, shape, {
      endToken: tokenizer.id('<end>'),
      workspace: workspaces[models.findIndex((other) => sameShape(other, shape))],
      generation,
      variants,
    });
    model.load(states[name]);
    return model;
  };
  const agents = recordOf(names, load);
  return {
    agents,
    variants: variantNames(variants),
    trials,
    memory,
    states: async () => {
      const saved = await Promise.all(names.map((name) => agents[name].save()));
      return recordOf(names, (_, i) => saved[i]);
    },
  };
}

function recordOf<Name extends string, Value>(names: readonly Name[], of: (name: Name, i: number) => Value) {
  return Object.fromEntries(names.map((name, i) => [name, of(name, i)])) as Record<Name, Value>;
}
