import type { Gpu } from '../../gpu/device';
import type { OpenOptions } from '../../model/backend';
import type { DecoderRequest } from '../../model/capacity';
import type { AgentState } from '../../model/state';
import { decodedAtOnce, GpuDecoder } from '../decoder';
import type { MemoryEstimate } from '../memory';
import { variantNames } from '../variants';
import { planDecoder } from './fit';
import { chooseVariants, plainWish, type TuningScope } from './kernel-choice';

/**
 * Puts a model on a GPU that only decodes. Throws the GPU's errors, `GpuMemoryError` before anything is done where it does
 * not fit, and `UnsupportedModelError`.
 */
export async function openDecoder(
  gpu: Gpu,
  { config, parameters }: Pick<AgentState, 'config' | 'parameters'>,
  request: DecoderRequest,
  { rules, variants: wish = plainWish, progress }: OpenOptions,
  scope: TuningScope,
): Promise<{ decoder: GpuDecoder; variants: Record<string, string>; memory: MemoryEstimate }> {
  const { capacity, memory } = planDecoder(config, request, gpu.largestBuffer);
  const tuned = { tokens: decodedAtOnce(capacity), ...capacity };
  const { variants } = await chooseVariants(gpu, config, tuned, wish, scope);
  await gpu.prepare(GpuDecoder.kernels(config, { ...capacity, variants }), progress);
  const decoder = new GpuDecoder(gpu, config, { rules, ...capacity, variants });
  decoder.load(parameters);
  return { decoder, variants: variantNames(variants), memory };
}
