import { paddedItems, widest } from './activations';
import type { LlamaConfig } from './config';
import type { GenerationCapacity } from './generator';
import { logitStride } from './kernels';
import { parameterLayout } from './layout';
import { slicesFor, tokensAtOnce, type TrainingCapacity } from './workspace';

export const purposes = [
  /** Of the policy and of its reference, each with its matrices transposed beside it. */
  'parameters',
  'moments',
  /** One for all agents of a workspace; another where batches go through in parts. */
  'gradients',
  /** What a pass leaves for the way back, and the scratch that passes share. */
  'activations',
  /** Keys and values of generation. */
  'cache',
  /** Batches as the kernels read them, results, tables. */
  'other',
] as const;
export type Purpose = (typeof purposes)[number];

/** Models of one shape that a device is to hold, and their largest batches. */
export interface MemoryPlan {
  config: LlamaConfig;
  training: TrainingCapacity;
  generation: GenerationCapacity;
  /** Models; those of one shape share a workspace. */
  agents: number;
}

export interface MemoryEstimate {
  /** Bytes. */
  total: number;
  purposes: Record<Purpose, number>;
  /** The largest single buffer, which has to stay within the adapter's limits. */
  largest: PlannedBuffer;
}

/** Buffers of one label in bytes: `count` of this size each. */
export interface PlannedBuffer {
  label: string;
  purpose: Purpose;
  bytes: number;
  count: number;
}

/**
 * What the buffers of some models will take, before any is there. Shapes of products and other tables of a few bytes are
 * left out, and so are the staging buffers through which results are read.
 */
export function estimateMemory(plans: readonly MemoryPlan[]): MemoryEstimate {
  const buffers = plans.flatMap(plannedBuffers);
  const of = (purpose: Purpose) =>
    buffers.filter((one) => one.purpose === purpose).reduce((sum, { bytes, count }) => sum + bytes * count, 0);
  const bytes = Object.fromEntries(purposes.map((purpose) => [purpose, of(purpose)])) as Record<Purpose, number>;
  return {
    total: purposes.reduce((sum, purpose) => sum + bytes[purpose], 0),
    purposes: bytes,
    largest: buffers.reduce((largest, one) => (one.bytes > largest.bytes ? one : largest)),
  };
}

/** Labels are those of `Gpu.memory`. */
function plannedBuffers({ config, training, generation, agents }: MemoryPlan): PlannedBuffer[] {
  const { hidden_size: hidden, intermediate_size: inner, num_attention_heads: heads, num_hidden_layers } = config;
  const { size, largestMatrix } = parameterLayout(config);
  const { slots, newTokens, length = config.max_position_embeddings } = generation;
  const kv = config.num_key_value_heads * config.head_dim;
  const tokens = tokensAtOnce(training);
  const padded = paddedItems(tokens);
  const slices = slicesFor(tokens, size).count;
  const mirror =
    hidden * logitStride(config) + num_hidden_layers * hidden * (hidden + 2 * kv + hidden + 2 * inner + inner);
  const planned = (purpose: Purpose, label: string, floats: number, count = 1): PlannedBuffer => ({
    ...{ purpose, label, count },
    bytes: 4 * floats,
  });
  const perLayer = (label: string, floats: number) => planned('activations', label, floats, num_hidden_layers);
  const scratch = (floats: number, count: number) => planned('activations', 'scratch', floats, count);
  return [
    planned('parameters', 'parameters', size, 2 * agents),
    planned('parameters', 'transposed-weights', mirror, 2 * agents),
    planned('moments', 'first-moment', size, agents),
    planned('moments', 'second-moment', size, agents),
    planned('gradients', 'gradient', size),
    planned('gradients', 'total-gradient', size, tokens < training.tokens ? 1 : 0),
    planned('gradients', 'partial-gradients', slices * largestMatrix, slices > 1 ? 1 : 0),
    perLayer('input', tokens * hidden),
    perLayer('middle', tokens * hidden),
    perLayer('attended', tokens * hidden),
    perLayer('q', tokens * hidden),
    perLayer('kv', tokens * 2 * kv),
    perLayer('gate-up', padded * 2 * inner),
    perLayer('activated', tokens * inner),
    perLayer('attention-saved', tokens * 4 * heads),
    perLayer('inverse', tokens),
    perLayer('inverse-middle', tokens),
    planned('activations', 'gathered', tokens * hidden),
    planned('activations', 'inverse-rows', tokens),
    scratch(padded * hidden, 3),
    scratch(tokens * hidden, 1),
    scratch(padded * widest(config), 1),
    scratch(tokens * widest(config), 1),
    planned('cache', 'kv-cache', slots * length * 2 * kv, num_hidden_layers * agents),
    planned('other', 'tokens', 4 * tokens),
    planned('other', 'report', 4 * tokens),
    planned('other', 'batch and places', tokens, 12),
    planned('other', 'occurrences', config.vocab_size),
    planned('other', 'results', 8 * training.tokens, agents),
    planned('other', 'read-tokens', 4 * Math.min(tokens, slots * length), agents),
    planned('other', 'drawn', 2 * slots * newTokens, agents),
    planned('other', 'rotation', config.max_position_embeddings * config.head_dim),
    planned('other', 'squares', size / 64),
  ];
}
