import type { Gpu } from '../../gpu/device';
import { decodedAtOnce, GpuDecoder, wholeCapacity, type DecoderCapacity } from '../../lm/decoder';
import type { MemoryEstimate } from '../../lm/memory';
import type { AgentState } from '../../model/state';
import { chooseVariants, type KernelWish } from './kernel-choice';
import { checkDecoderFits } from './capacity';

export interface LoadDecoderOptions extends DecoderCapacity {
  endToken: number;
  kernels: KernelWish;
  /** Words how to keep sequences to so many tokens, where they are what does not fit. */
  advice: (length: number) => string;
  /** Counts kernels that are compiled. */
  progress?: (done: number, total: number) => void;
}

/**
 * Puts a model on the GPU that only decodes. Throws the GPU's errors, `GpuMemoryError` before anything is done where it does
 * not fit, and `UnsupportedModelError`.
 */
export async function loadDecoder(
  gpu: Gpu,
  { config, parameters }: Pick<AgentState, 'config' | 'parameters'>,
  { endToken, kernels, advice, progress, ...wanted }: LoadDecoderOptions,
): Promise<{ decoder: GpuDecoder; memory: MemoryEstimate }> {
  const capacity = wholeCapacity(config, wanted);
  const memory = checkDecoderFits(config, capacity, gpu.largestBuffer, advice);
  const { variants } = await chooseVariants(gpu, config, { tokens: decodedAtOnce(capacity), ...capacity }, kernels);
  await gpu.prepare(GpuDecoder.kernels(config, { ...capacity, variants }), progress);
  const decoder = new GpuDecoder(gpu, config, { endToken, ...capacity, variants });
  decoder.load(parameters);
  return { decoder, memory };
}
