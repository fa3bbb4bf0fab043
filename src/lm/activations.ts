import type { Gpu } from '../gpu/device';
import { paddedItems } from '../gpu/kernels/product';
import type { Resource } from '../gpu/plan';
import type { LlamaConfig } from './config';
import { logitStride } from './kernels';

/** One activation in both layouts: products read it by feature, weight gradients and norms' gradients by token. */
export interface Both {
  /** [width, tokens], tokens padded to sixteen. */
  byFeature: GPUBuffer;
  /** [tokens, width] */
  byToken: GPUBuffer;
}

/** What one layer leaves behind for its way back, of T tokens; what is by feature (q, kv and gateUp apart) is scratch. */
export interface LayerActivations {
  /** [T, hidden] residual stream before and between the two blocks, and its 1 / rms [T]. */
  input: Both;
  inverse: GPUBuffer;
  middle: Both;
  inverseMiddle: GPUBuffer;
  /** [T, hidden] rotated. */
  q: GPUBuffer;
  /** [slots, 2, kv] */
  kv: Resource;
  attended: Both;
  /** [T, heads, 4] as in attention.ts. */
  saved: GPUBuffer;
  /** [2·intermediate, T] by feature, and silu(gate) · up. */
  gateUp: GPUBuffer;
  activated: Both;
}

/** Buffers that hold nothing for long: layers, the way there, the way back and generation take turns with them. */
export interface Scratch {
  /** [hidden, T] the residual stream before a layer; on the way back its gradient. */
  stream: GPUBuffer;
  /** [hidden, T] the stream between the blocks; on the way back the gradient of what a norm gave. */
  middle: GPUBuffer;
  /** [hidden, T] what attention gave, and the gathered places; on the way back attention's gradient, [T, hidden]. */
  attended: GPUBuffer;
  /** [T, hidden] the stream after the last layer; on the way back its gradient. */
  streamByToken: GPUBuffer;
  /** [widest, T] what SwiGLU gave, then the logits and their gradient, then that of gate and up, or queries, keys and values. */
  wide: GPUBuffer;
  /** [T, widest] the same gradients by token. */
  wideByToken: GPUBuffer;
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
  scratch: Scratch;
}

/** Features of the widest activation or gradient that is scratch. */
export const widest = (config: LlamaConfig) =>
  Math.max(
    2 * config.intermediate_size,
    config.hidden_size + 2 * config.num_key_value_heads * config.head_dim,
    logitStride(config),
  );

/** Buffers of a pass over `tokens` tokens, each of which may be a predicted place. */
export function createActivations(gpu: Gpu, config: LlamaConfig, tokens: number): Activations {
  const { hidden_size: hidden, intermediate_size: inner, num_attention_heads: heads } = config;
  const kv = config.num_key_value_heads * config.head_dim;
  const byToken = (name: string, width: number) => gpu.buffer(name, 4 * tokens * width);
  const byFeature = (name: string, width: number) => gpu.buffer(name, 4 * paddedItems(tokens) * width);
  const scratch: Scratch = {
    stream: byFeature('scratch', hidden),
    middle: byFeature('scratch', hidden),
    attended: byFeature('scratch', hidden),
    streamByToken: byToken('scratch', hidden),
    wide: byFeature('scratch', widest(config)),
    wideByToken: byToken('scratch', widest(config)),
  };
  const layers = Array.from({ length: config.num_hidden_layers }, () => ({
    input: { byFeature: scratch.stream, byToken: byToken('input', hidden) },
    inverse: byToken('inverse', 1),
    middle: { byFeature: scratch.middle, byToken: byToken('middle', hidden) },
    inverseMiddle: byToken('inverse-middle', 1),
    q: byToken('q', hidden),
    kv: byToken('kv', 2 * kv),
    attended: { byFeature: scratch.attended, byToken: byToken('attended', hidden) },
    saved: byToken('attention-saved', 4 * heads),
    gateUp: byFeature('gate-up', 2 * inner),
    activated: { byFeature: scratch.wide, byToken: byToken('activated', inner) },
  }));
  return {
    layers,
    output: { byFeature: scratch.stream, byToken: scratch.streamByToken },
    gathered: { byFeature: scratch.attended, byToken: byToken('gathered', hidden) },
    inverse: byToken('inverse-rows', 1),
    logits: scratch.wide,
    scratch,
  };
}

/** For passes with no way back: every layer in the first one's buffers, its keys and values in a cache. */
export function withoutWayBack(activations: Activations, caches: readonly Resource[]): Activations {
  const [first] = activations.layers;
  return { ...activations, layers: caches.map((kv) => ({ ...first, kv })) };
}
