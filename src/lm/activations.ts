import type { Gpu } from '../gpu/device';
import { paddedItems } from '../gpu/kernels/product';
import type { Resource } from '../gpu/plan';
import type { LlamaConfig } from '../model/config';
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

/** What a pass forward leaves behind. */
export interface ForwardActivations {
  layers: LayerActivations[];
  /** [T, hidden] residual stream after the last layer. */
  output: Both;
  /** 1 / rms [rows] at predicted places. */
  inverse: GPUBuffer;
  /** [logitStride, rows] by feature. */
  logits: GPUBuffer;
}

/** The same of a pass with no way back: every layer goes through the same buffers, its keys and values apart. */
export interface PassingActivations extends Omit<ForwardActivations, 'layers'> {
  layer: Omit<LayerActivations, 'kv'>;
}

export interface Activations extends ForwardActivations {
  /** [rows, hidden] at predicted places. */
  gathered: Both;
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

/**
 * Buffers of passes over `tokens` tokens with no way back, which make logits at `rows` places at most. What is by token is
 * for a way back alone: all of it is written to one place.
 */
export function createPassingActivations(
  gpu: Gpu,
  config: LlamaConfig,
  { tokens, rows }: { tokens: number; rows: number },
): PassingActivations {
  const { hidden_size: hidden, intermediate_size: inner, num_attention_heads: heads } = config;
  const byFeature = (name: string, width: number) => gpu.buffer(name, 4 * paddedItems(tokens) * width);
  const byToken = gpu.buffer('scratch', 4 * tokens * Math.max(hidden, inner));
  const inverse = gpu.buffer('inverse', 4 * tokens);
  const stream = { byFeature: byFeature('scratch', hidden), byToken };
  return {
    layer: {
      input: stream,
      inverse,
      middle: { byFeature: byFeature('scratch', hidden), byToken },
      inverseMiddle: inverse,
      q: gpu.buffer('q', 4 * tokens * hidden),
      attended: { byFeature: byFeature('scratch', hidden), byToken },
      saved: gpu.buffer('attention-saved', 4 * tokens * 4 * heads),
      gateUp: byFeature('gate-up', 2 * inner),
      activated: { byFeature: byFeature('activated', inner), byToken },
    },
    output: stream,
    inverse,
    logits: gpu.buffer('scratch', 4 * paddedItems(rows) * logitStride(config)),
  };
}

/** Those of a model whose layers keep their keys and values in these places. */
export function withoutWayBack(
  { layer, ...behind }: PassingActivations,
  caches: readonly Resource[],
): ForwardActivations {
  return { ...behind, layers: caches.map((kv) => ({ ...layer, kv })) };
}
