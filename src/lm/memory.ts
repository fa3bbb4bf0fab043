import { paddedItems } from '../gpu/kernels/product';
import { widest } from './activations';
import type { LlamaConfig } from '../model/config';
import { decodedAtOnce, wholeCapacity } from './decoder';
import type { GenerationCapacity } from './generator';
import { logitStride } from './kernels';
import { parameterLayout } from '../model/layout';
import { purposes, type Purpose } from '../model/memory';
import type { DecoderCapacity, TrainingCapacity } from '../model/room';
import { largestSum } from './layout';
import { memoryByPurpose } from './purposes';
import { slicesFor, tokensAtOnce } from './workspace';

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
  bytes: number;
  count: number;
}

/**
 * What the buffers of some models will take, before any is there. Shapes of products and other tables of a few bytes are
 * left out, and so are the staging buffers through which results are read.
 */
export const estimateMemory = (plans: readonly MemoryPlan[]): MemoryEstimate => estimate(plans.flatMap(plannedBuffers));

/** The same of a model that only decodes. */
export const estimateDecoder = (config: LlamaConfig, capacity: DecoderCapacity): MemoryEstimate =>
  estimate(decoderBuffers(config, wholeCapacity(config, capacity)));

function estimate(buffers: readonly PlannedBuffer[]): MemoryEstimate {
  const memory: Record<string, number> = {};
  for (const { label, bytes, count } of buffers) memory[label] = (memory[label] ?? 0) + bytes * count;
  const byPurpose = memoryByPurpose(memory);
  return {
    total: purposes.reduce((sum, purpose) => sum + byPurpose[purpose], 0),
    purposes: byPurpose,
    largest: buffers.reduce((largest, one) => (one.bytes > largest.bytes ? one : largest)),
  };
}

/** Labels are those of `Gpu.memory`. */
function plannedBuffers({ config, training, generation, agents }: MemoryPlan): PlannedBuffer[] {
  const { hidden_size: hidden, intermediate_size: inner, num_attention_heads: heads, num_hidden_layers } = config;
  const layout = parameterLayout(config);
  const { size } = layout;
  const kv = config.num_key_value_heads * config.head_dim;
  const tokens = tokensAtOnce(training);
  const padded = paddedItems(tokens);
  const slices = slicesFor(tokens, size).count;
  const perLayer = (label: string, floats: number) => planned(label, floats, num_hidden_layers);
  const scratch = (floats: number, count: number) => planned('scratch', floats, count);
  return [
    ...weights(config, 2 * agents),
    ...generating(config, generation, tokens, agents),
    planned('first-moment', size, agents),
    planned('second-moment', size, agents),
    planned('gradient', size),
    planned('total-gradient', size, tokens < training.tokens ? 1 : 0),
    planned('partial-gradients', slices * largestSum(layout), slices > 1 ? 1 : 0),
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
    planned('gathered', tokens * hidden),
    planned('inverse-rows', tokens),
    scratch(padded * hidden, 3),
    scratch(tokens * hidden, 1),
    scratch(padded * widest(config), 1),
    scratch(tokens * widest(config), 1),
    planned('tokens', 4 * tokens),
    planned('report', 4 * tokens),
    // Row of a token, token of a row, target, weight and occurrence; seven numbers a place beside its report.
    planned('row-token', tokens, 5),
    planned('log-probability', tokens, 7),
    planned('occurrences', config.vocab_size),
    planned('results', 8 * training.tokens, agents),
    planned('rotation', config.max_position_embeddings * config.head_dim),
    planned('squares', size / 64),
  ];
}

function decoderBuffers(config: LlamaConfig, capacity: Required<DecoderCapacity>): PlannedBuffer[] {
  const { hidden_size: hidden, intermediate_size: inner, num_attention_heads: heads } = config;
  const tokens = decodedAtOnce(capacity);
  const padded = paddedItems(tokens);
  return [
    ...weights(config, 1),
    ...generating(config, capacity, tokens, 1),
    planned('scratch', padded * hidden, 3),
    planned('scratch', tokens * Math.max(hidden, inner)),
    planned('scratch', paddedItems(capacity.slots) * logitStride(config)),
    planned('q', tokens * hidden),
    planned('gate-up', padded * 2 * inner),
    planned('activated', padded * inner),
    planned('attention-saved', tokens * 4 * heads),
    planned('inverse', tokens),
    planned('rotation', capacity.length * config.head_dim),
  ];
}

const planned = (label: string, floats: number, count = 1): PlannedBuffer => ({ label, bytes: 4 * floats, count });

/** Sets of parameters, each with its matrices transposed. */
function weights(config: LlamaConfig, sets: number): PlannedBuffer[] {
  const { hidden_size: hidden, intermediate_size: inner, num_hidden_layers } = config;
  const kv = config.num_key_value_heads * config.head_dim;
  const layer = hidden * (hidden + 2 * kv + hidden + 2 * inner + inner);
  return [
    planned('parameters', parameterLayout(config).size, sets),
    planned('transposed-weights', hidden * logitStride(config) + num_hidden_layers * layer, sets),
  ];
}

/** What each of some models keeps for generation, where so many tokens are computed at once. */
function generating(
  config: LlamaConfig,
  { slots, newTokens, length = config.max_position_embeddings }: GenerationCapacity,
  tokens: number,
  agents: number,
): PlannedBuffer[] {
  const kv = config.num_key_value_heads * config.head_dim;
  return [
    planned('key-value-cache', slots * length * 2 * kv, config.num_hidden_layers * agents),
    planned('read-tokens', 4 * Math.min(tokens, slots * length), agents),
    planned('drawn', 2 * slots * newTokens, agents),
    planned('next-logits', config.vocab_size, agents),
  ];
}
