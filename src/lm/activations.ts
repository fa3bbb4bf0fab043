import { storage, type Allocated } from '../gpu/buffer-spec';
import { paddedItems } from '../gpu/kernels/product';
import type { Resource } from '../gpu/plan';
import type { LlamaConfig } from '../model/config';
import { logitStride } from './layout';

/** One activation in both layouts: products read it by feature, weight gradients and norms' gradients by token. */
export interface Both {
  /** [width, tokens], tokens padded to sixteen. */
  byFeature: GPUBuffer;
  /** [tokens, width] */
  byToken: GPUBuffer;
}

/** What one layer keeps of T tokens for its backward pass. Activations by feature are scratch, but for gateUp. */
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

/** Buffers that hold nothing for long: layers, both directions and generation take turns with them. */
export interface Scratch {
  /** [hidden, T] the residual stream before a layer; in the backward pass its gradient. */
  stream: GPUBuffer;
  /** [hidden, T] the stream between the blocks; in the backward pass the gradient of a norm's result. */
  middle: GPUBuffer;
  /** [hidden, T] attention's result, and the gathered places; in the backward pass attention's gradient, [T, hidden]. */
  attended: GPUBuffer;
  /** [T, hidden] the stream after the last layer; in the backward pass its gradient. */
  streamByToken: GPUBuffer;
  /** [widest, T] SwiGLU's result, the logits and their gradient, the gradient of gate and up, or that of queries, keys and values. */
  wide: GPUBuffer;
  /** [T, widest] the same gradients by token. */
  wideByToken: GPUBuffer;
}

/** What a forward pass leaves behind. */
export interface ForwardActivations {
  layers: LayerActivations[];
  /** [T, hidden] residual stream after the last layer. */
  output: Both;
  /** 1 / rms [rows] at predicted places. */
  inverse: GPUBuffer;
  /** [logitStride, rows] by feature. */
  logits: GPUBuffer;
}

/** Activations of inference, which no backward pass follows: all layers share them, but for keys and values. */
export interface InferenceActivations extends Omit<ForwardActivations, 'layers'> {
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

/** Buffers of training over `tokens` tokens, each of which may be a predicted place. */
export function activationBuffers(config: LlamaConfig, tokens: number) {
  const { hidden_size: hidden, intermediate_size: inner, num_attention_heads: heads } = config;
  const kv = config.num_key_value_heads * config.head_dim;
  const { byToken, byFeature } = layouts(tokens);
  return {
    scratch: {
      stream: byFeature('scratch', hidden),
      middle: byFeature('scratch', hidden),
      attended: byFeature('scratch', hidden),
      streamByToken: byToken('scratch', hidden),
      wide: byFeature('scratch', widest(config)),
      wideByToken: byToken('scratch', widest(config)),
    },
    layers: Array.from({ length: config.num_hidden_layers }, () => ({
      input: byToken('input', hidden),
      inverse: byToken('inverse', 1),
      middle: byToken('middle', hidden),
      inverseMiddle: byToken('inverse-middle', 1),
      q: byToken('q', hidden),
      kv: byToken('kv', 2 * kv),
      attended: byToken('attended', hidden),
      saved: byToken('attention-saved', 4 * heads),
      gateUp: byFeature('gate-up', 2 * inner),
      activated: byToken('activated', inner),
    })),
    gathered: byToken('gathered', hidden),
    inverse: byToken('inverse-rows', 1),
  };
}

/** Those buffers as the passes read and write them. */
export function activationsIn(buffers: Allocated<ReturnType<typeof activationBuffers>>): Activations {
  const { scratch, layers, gathered, inverse } = buffers;
  return {
    layers: layers.map((layer) => ({
      ...layer,
      input: { byFeature: scratch.stream, byToken: layer.input },
      middle: { byFeature: scratch.middle, byToken: layer.middle },
      attended: { byFeature: scratch.attended, byToken: layer.attended },
      activated: { byFeature: scratch.wide, byToken: layer.activated },
    })),
    output: { byFeature: scratch.stream, byToken: scratch.streamByToken },
    gathered: { byFeature: scratch.attended, byToken: gathered },
    inverse,
    logits: scratch.wide,
    scratch,
  };
}

/** Buffers of inference over `tokens` tokens with logits at `rows` places at most. */
export function inferenceBuffers(config: LlamaConfig, { tokens, rows }: { tokens: number; rows: number }) {
  const { hidden_size: hidden, intermediate_size: inner, num_attention_heads: heads } = config;
  const { byToken, byFeature } = layouts(tokens);
  return {
    stream: byFeature('scratch', hidden),
    middle: byFeature('scratch', hidden),
    attended: byFeature('scratch', hidden),
    activated: byFeature('activated', inner),
    gateUp: byFeature('gate-up', 2 * inner),
    /** Only a backward pass reads activations by token, so all kernels write them to this one buffer. */
    unread: byToken('scratch', Math.max(hidden, inner)),
    inverse: byToken('inverse', 1),
    q: byToken('q', hidden),
    saved: byToken('attention-saved', 4 * heads),
    logits: layouts(rows).byFeature('scratch', logitStride(config)),
  };
}

/** Those buffers as the passes read and write them. */
export function inferenceActivationsIn({
  unread: byToken,
  ...buffers
}: Allocated<ReturnType<typeof inferenceBuffers>>): InferenceActivations {
  const { stream, middle, attended, activated, gateUp, inverse, q, saved, logits } = buffers;
  const input = { byFeature: stream, byToken };
  return {
    layer: {
      ...{ input, inverse, q, saved, gateUp },
      middle: { byFeature: middle, byToken },
      inverseMiddle: inverse,
      attended: { byFeature: attended, byToken },
      activated: { byFeature: activated, byToken },
    },
    output: input,
    inverse,
    logits,
  };
}

/** Both layouts of an activation of `tokens` tokens. */
const layouts = (tokens: number) => ({
  byToken: (label: string, width: number) => storage(label, 'activations', tokens * width),
  byFeature: (label: string, width: number) => storage(label, 'activations', paddedItems(tokens) * width),
});

/** Inference activations of a model whose layers keep their keys and values in these places. */
export function withCaches(
  { layer, ...behind }: InferenceActivations,
  caches: readonly Resource[],
): ForwardActivations {
  return { ...behind, layers: caches.map((kv) => ({ ...layer, kv })) };
}
