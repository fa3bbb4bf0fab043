import type { Gpu } from '../../gpu/device';
import type { OpenOptions } from '../../model/backend';
import type { ModelCapacity } from '../../model/capacity';
import type { AgentState } from '../../model/state';
import type { Trial } from '../../model/variants';
import { LanguageModel } from '../language-model';
import type { MemoryEstimate } from '../memory';
import { variantNames } from '../variants';
import { TrainingWorkspace } from '../workspace';
import { distinctShapes, isSameShape } from '../../model/shapes';
import { planModels } from './fit';
import { chooseVariants, plainWish, type TuningScope } from './kernel-choice';

/** Models on one GPU device. */
export interface GpuModels<Name extends string> {
  models: Record<Name, LanguageModel>;
  /** Names of the kernel variants that compute them, and what was timed to choose them. */
  variants: Record<string, string>;
  trials: Trial[];
  /** What they were expected to take. */
  memory: MemoryEstimate;
  /** Everything that they are at this moment, read back. */
  states(): Promise<Record<Name, AgentState>>;
}

/**
 * Puts models on a GPU. Throws the GPU's errors, and `GpuMemoryError` before anything is done where the room is more than
 * the adapter allows.
 */
export async function openModels<Name extends string>(
  gpu: Gpu,
  states: Readonly<Record<Name, AgentState>>,
  capacity: ModelCapacity,
  { rules, variants: wish = plainWish, progress }: OpenOptions,
  scope: TuningScope,
): Promise<GpuModels<Name>> {
  const names = Object.keys(states) as Name[];
  const all = names.map((name) => states[name].config);
  const { training, generation, memory } = planModels(all, capacity, gpu.largestBuffer);
  const { slots, newTokens } = generation;
  const tuned = { tokens: training.microBatchTokens, slots, newTokens };
  const { variants, trials } = await chooseVariants(gpu, all[0], tuned, wish, scope);
  const shapes = distinctShapes(all);
  const kernels = shapes.flatMap((shape) => LanguageModel.kernels(shape, newTokens, variants));
  await gpu.prepare(kernels, progress);
  const workspaces = shapes.map((shape) => new TrainingWorkspace(gpu, shape, training));
  const load = (name: Name): LanguageModel => {
    const { config } = states[name];
    const workspace = workspaces[shapes.findIndex((shape) => isSameShape(shape, config))];
    const model = new LanguageModel(gpu, config, { rules, workspace, generation, variants });
    model.load(states[name]);
    return model;
  };
  const models = recordOf(names, load);
  return {
    models,
    variants: variantNames(variants),
    trials,
    memory,
    states: async () => {
      const saved = await Promise.all(names.map((name) => models[name].save()));
      return recordOf(names, (_, i) => saved[i]);
    },
  };
}

function recordOf<Name extends string, Value>(names: readonly Name[], of: (name: Name, i: number) => Value) {
  return Object.fromEntries(names.map((name, i) => [name, of(name, i)])) as Record<Name, Value>;
}
