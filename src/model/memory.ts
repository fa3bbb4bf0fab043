import type { LlamaConfig } from './config';
import type { DecoderRequest, ModelCapacity } from './capacity';
import type { ModelShape } from './shapes';

/** Memory in bytes, or why it cannot be had and what would fit. */
export type MemoryNeed = { bytes: number } | { refusal: string };

/** Tells what models would take before anything is allocated. */
export interface MemoryEstimates {
  /** Of models of these shapes, together. */
  estimate(shapes: readonly ModelShape[], capacity: ModelCapacity): MemoryNeed;
  /** Of one that only decodes. */
  estimateDecoder(shape: LlamaConfig, capacity: DecoderRequest): MemoryNeed;
}

export const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MiB`;
