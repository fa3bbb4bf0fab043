import type { Gpu } from '../../gpu/device';
import { LanguageModel } from '../../lm/language-model';
import type { LlamaConfig } from '../../model/config';
import type { MemoryEstimate, MemoryPlan } from '../../lm/memory';
import type { AgentState } from '../../model/state';
import { plainVariants } from '../../lm/variants';
import { tokensAtOnce, TrainingWorkspace } from '../../lm/workspace';
import { chooseVariants, type KernelWish } from './kernel-choice';
import { checkFits } from './capacity';

/** Largest batches of a model that learns under supervision. */
export interface Batches {
  sequences: number;
  /** Tokens of a sequence. */
  length: number;
  /** Most tokens of a batch that are computed at once; all if left out, and a whole sequence at least. */
  microBatchTokens?: number;
}

export interface LoadLearnerOptions {
  batches: Batches;
  endToken: number;
  /** The plain kernels if left out. */
  kernels?: KernelWish;
  /** Words how to compute at most so many tokens at once, where all are what does not fit. */
  advice: (tokens: number) => string;
  /** Counts kernels that are compiled. */
  progress?: (done: number, total: number) => void;
}

/**
 * Puts one model on the GPU to learn from examples. Throws the GPU's errors, and `GpuMemoryError` before anything is done
 * where it does not fit.
 */
export async function loadLearner(
  gpu: Gpu,
  state: AgentState,
  { batches, endToken, kernels, advice, progress }: LoadLearnerOptions,
): Promise<{ model: LanguageModel; memory: MemoryEstimate }> {
  const { config } = state;
  const memory = checkLearnerFits(config, batches, gpu.largestBuffer, advice);
  const { training, generation } = planOf(config, batches);
  const room = { tokens: tokensAtOnce(training), ...generation };
  const { variants } = kernels ? await chooseVariants(gpu, config, room, kernels) : { variants: plainVariants };
  await gpu.prepare(LanguageModel.kernels(config, generation.newTokens, variants), progress);
  const workspace = new TrainingWorkspace(gpu, config, training);
  const model = new LanguageModel(gpu, config, { endToken, workspace, generation, variants });
  model.load(state);
  return { model, memory };
}

/** What that will take. Throws `GpuMemoryError` where a buffer is larger than the adapter allows. */
export function checkLearnerFits(
  config: LlamaConfig,
  batches: Batches,
  largestBuffer: number,
  advice: (tokens: number) => string,
): MemoryEstimate {
  return checkFits([planOf(config, batches)], largestBuffer, advice);
}

/** Nothing is generated. */
function planOf(config: LlamaConfig, { sequences, length, microBatchTokens }: Batches): MemoryPlan {
  const tokens = sequences * length;
  const training = { tokens, sequences, microBatchTokens: Math.max(microBatchTokens ?? tokens, length) };
  return { config, training, generation: { slots: 1, newTokens: 1, length }, agents: 1 };
}
