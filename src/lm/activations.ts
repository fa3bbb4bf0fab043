import type { Gpu } from '../gpu/device';
import { transposedStride } from '../gpu/kernels/matmul';
import type { LlamaConfig } from './config';
import { logitStride } from './kernels';

/** What one layer leaves behind for its way back; shapes in floats for T tokens. */
export interface LayerActivations {
  /** [T, hidden] residual stream before and between the two blocks. */
  input: GPUBuffer;
  middle: GPUBuffer;
  /** [T, hidden] normed inputs of attention and MLP, and 1 / rms [T]. */
  normed: GPUBuffer;
  inverse: GPUBuffer;
  normedMiddle: GPUBuffer;
  inverseMiddle: GPUBuffer;
  /** [T, hidden + 2·kv] before rotation. */
  qkv: GPUBuffer;
  /** [T, hidden] rotated. */
  q: GPUBuffer;
  /** [slots, 2, kv] */
  kv: GPUBuffer;
  attended: GPUBuffer;
  /** [T, heads, 2] log-sum-exp and delta. */
  saved: GPUBuffer;
  /** [T, 2·intermediate] and [T, intermediate]. */
  gateUp: GPUBuffer;
  activated: GPUBuffer;
}

export interface Activations {
  layers: LayerActivations[];
  /** [T, hidden] residual stream after the last layer. */
  output: GPUBuffer;
  /** [rows, hidden] at predicted places, normed, 1 / rms, and [rows, logitStride]. */
  gathered: GPUBuffer;
  normed: GPUBuffer;
  inverse: GPUBuffer;
  logits: GPUBuffer;
  /** The left factor of the product at hand, [widest, tokens]: every product reads it by columns. */
  transposed: GPUBuffer;
}

export interface ActivationSizes {
  tokens: number;
  rows: number;
  /** Slots of keys and values per layer. */
  slots: number;
  /** Whether each layer keeps its own (training) or all share one set (generation; keys and values apart). */
  perLayer: boolean;
}

export function createActivations(gpu: Gpu, config: LlamaConfig, sizes: ActivationSizes): Activations {
  const { hidden_size: hidden, intermediate_size: inner, num_attention_heads: heads } = config;
  const kv = config.num_key_value_heads * config.head_dim;
  const widest = Math.max(2 * inner, hidden + 2 * kv, logitStride(config));
  const tokens = (name: string, width: number) => gpu.buffer(name, 4 * sizes.tokens * width);
  const rows = (name: string, width: number) => gpu.buffer(name, 4 * sizes.rows * width);
  const layer = (): Omit<LayerActivations, 'kv'> => ({
    input: tokens('input', hidden),
    middle: tokens('middle', hidden),
    normed: tokens('normed', hidden),
    inverse: tokens('inverse', 1),
    normedMiddle: tokens('normed-middle', hidden),
    inverseMiddle: tokens('inverse-middle', 1),
    qkv: tokens('qkv', hidden + 2 * kv),
    q: tokens('q', hidden),
    attended: tokens('attended', hidden),
    saved: tokens('attention-saved', 2 * heads),
    gateUp: tokens('gate-up', 2 * inner),
    activated: tokens('activated', inner),
  });
  const shared = sizes.perLayer ? null : layer();
  const layers = Array.from({ length: config.num_hidden_layers }, () => ({
    ...(shared ?? layer()),
    kv: gpu.buffer('kv', 4 * sizes.slots * 2 * kv),
  }));
  return {
    layers,
    output: shared ? shared.input : tokens('output', hidden),
    gathered: rows('gathered', hidden),
    normed: rows('normed-rows', hidden),
    inverse: rows('inverse-rows', 1),
    logits: rows('logits', logitStride(config)),
    transposed: gpu.buffer('transposed', 4 * transposedStride(sizes.tokens) * widest),
  };
}
