import type { Gpu } from '../gpu/device';
import { ITEM_PAD } from '../gpu/kernels/product';
import type { LlamaConfig } from './config';
import { logitStride } from './kernels';

/** One activation in both layouts: products read it by feature, weight gradients and gathers by token. */
export interface Both {
  /** [width, tokens], tokens padded to sixteen. */
  byFeature: GPUBuffer;
  /** [tokens, width] */
  byToken: GPUBuffer;
}

/** What one layer leaves behind for its way back; shapes in floats for T tokens. */
export interface LayerActivations {
  /** [T, hidden] residual stream before and between the two blocks, and its 1 / rms [T]. */
  input: Both;
  inverse: GPUBuffer;
  middle: Both;
  inverseMiddle: GPUBuffer;
  /** [T, hidden] rotated. */
  q: GPUBuffer;
  /** [slots, 2, kv] */
  kv: GPUBuffer;
  attended: Both;
  /** [T, heads, 4] as in attention.ts. */
  saved: GPUBuffer;
  /** [2·intermediate, T] by feature, and silu(gate) · up. */
  gateUp: GPUBuffer;
  activated: Both;
}

export interface Activations {
  layers: LayerActivations[];
  /** [T, hidden] residual stream after the last layer. */
  output: Both;
  /** [rows, hidden] at predicted places, its 1 / rms [rows]. */
  gathered: Both;
  inverse: GPUBuffer;
  /** [logitStride, rows] by feature. */
  logits: GPUBuffer;
}

export interface ActivationSizes {
  tokens: number;
  rows: number;
  /** Slots of keys and values per layer. */
  slots: number;
  /** Whether each layer keeps its own (training) or all share one set (generation; keys and values apart). */
  perLayer: boolean;
}

/** Items of a feature's row, padding included. */
export const paddedItems = (items: number) => Math.ceil(items / ITEM_PAD) * ITEM_PAD;

export const createBoth = (gpu: Gpu, name: string, items: number, width: number): Both => ({
  byFeature: gpu.buffer(name, 4 * paddedItems(items) * width),
  byToken: gpu.buffer(`${name}-by-token`, 4 * items * width),
});

export function createActivations(gpu: Gpu, config: LlamaConfig, sizes: ActivationSizes): Activations {
  const { hidden_size: hidden, intermediate_size: inner, num_attention_heads: heads } = config;
  const kv = config.num_key_value_heads * config.head_dim;
  const tokens = (name: string, width: number) => gpu.buffer(name, 4 * sizes.tokens * width);
  const byFeature = (name: string, width: number) => gpu.buffer(name, 4 * paddedItems(sizes.tokens) * width);
  // Without a way back nobody reads these by token.
  const unread = sizes.perLayer ? null : tokens('unread', inner);
  const both = (name: string, width: number): Both =>
    unread ? { byFeature: byFeature(name, width), byToken: unread } : createBoth(gpu, name, sizes.tokens, width);
  const layer = (): Omit<LayerActivations, 'kv'> => ({
    input: createBoth(gpu, 'input', sizes.tokens, hidden),
    inverse: tokens('inverse', 1),
    middle: both('middle', hidden),
    inverseMiddle: tokens('inverse-middle', 1),
    q: tokens('q', hidden),
    attended: both('attended', hidden),
    saved: tokens('attention-saved', 4 * heads),
    gateUp: byFeature('gate-up', 2 * inner),
    activated: both('activated', inner),
  });
  const shared = sizes.perLayer ? null : layer();
  const layers = Array.from({ length: config.num_hidden_layers }, () => ({
    ...(shared ?? layer()),
    kv: gpu.buffer(sizes.perLayer ? 'kv' : 'key-value-cache', 4 * sizes.slots * 2 * kv),
  }));
  return {
    layers,
    output: shared ? shared.input : createBoth(gpu, 'output', sizes.tokens, hidden),
    gathered: createBoth(gpu, 'gathered', sizes.rows, hidden),
    inverse: gpu.buffer('inverse-rows', 4 * sizes.rows),
    logits: gpu.buffer('logits', 4 * paddedItems(sizes.rows) * logitStride(config)),
  };
}
