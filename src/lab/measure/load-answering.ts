import { GpuMemoryError } from '../../gpu/errors';
import type { Gpu } from '../../gpu/device';
import type { GpuDecoder } from '../../lm/decoder';
import type { AgentState } from '../../model/state';
import type { KernelWish } from '../models/kernel-choice';
import { loadDecoder } from '../models/load-decoder';

/** Sequences side by side, where there is room for as many. */
export const ANSWERED_AT_ONCE = 16;

export interface AnsweringRoom {
  /** Tokens of the longest prompt with its answer. */
  length: number;
  newTokens: number;
  endToken: number;
}

/**
 * Puts a model on the GPU that answers many prompts side by side, as many as the adapter's buffers hold. Throws the GPU's errors,
 * and `GpuMemoryError` where there is no room for one.
 */
export async function loadAnswering(
  gpu: Gpu,
  model: Pick<AgentState, 'config' | 'parameters'>,
  room: AnsweringRoom,
  kernels: KernelWish,
  progress: (done: number, total: number) => void = () => undefined,
): Promise<{ agent: GpuDecoder; slots: number }> {
  const advice = (most: number) => `Prompts with answers of at most ${most} tokens would fit: ask for fewer new ones.`;
  for (let slots = ANSWERED_AT_ONCE; ; slots /= 2) {
    try {
      const { decoder } = await loadDecoder(gpu, model, { ...room, slots, kernels, advice, progress });
      return { agent: decoder, slots };
    } catch (error) {
      if (!(error instanceof GpuMemoryError) || slots === 1) throw error;
    }
  }
}
