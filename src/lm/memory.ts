import { specsOf, type BufferGroup, type BufferSpec } from '../gpu/buffer-spec';
import { memoryByLabel, memoryByPurpose } from '../gpu/memory';
import type { Purpose } from '../model/purposes';
import type { LlamaConfig } from '../model/config';
import type { DecoderCapacity, TrainingCapacity } from '../model/capacity';
import { decoderWeightBuffers } from './decoder-weights';
import { decodedAtOnce, decodingBuffers, wholeCapacity } from './decoder';
import { generatorBuffers, type GenerationCapacity } from './generator';
import { cacheBuffers } from './key-value-cache';
import { learnerBuffers } from './learner';
import { weightBuffers } from './weights';
import { tokensAtOnce, workspaceBuffers } from './workspace';

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
  labels: Record<string, number>;
  /** The largest single buffer, which has to stay within the adapter's limits. */
  largest: Pick<BufferSpec, 'label' | 'bytes'>;
}

/**
 * What the buffers of some models will take, before any exists. It counts buffers with the plain kernels, and leaves out the
 * staging buffers through which results are read.
 */
export const estimateMemory = (plans: readonly MemoryPlan[]): MemoryEstimate => estimate(plans.map(plannedBuffers));

/** The same of a model that only decodes, where a buffer may have so many bytes. It leaves out the staging of its loading. */
export function estimateDecoder(config: LlamaConfig, wanted: DecoderCapacity, largestBuffer: number): MemoryEstimate {
  const capacity = wholeCapacity(config, wanted);
  const tokens = decodedAtOnce(capacity);
  return estimate([
    decoderWeightBuffers(config, false, largestBuffer),
    decodingBuffers(config, capacity),
    generating(config, capacity, tokens),
  ]);
}

function estimate(group: BufferGroup): MemoryEstimate {
  const buffers = specsOf(group);
  return {
    total: buffers.reduce((sum, { bytes }) => sum + bytes, 0),
    purposes: memoryByPurpose(buffers),
    labels: memoryByLabel(buffers),
    largest: buffers.reduce((largest, one) => (one.bytes > largest.bytes ? one : largest)),
  };
}

function plannedBuffers({ config, training, generation, agents }: MemoryPlan): BufferGroup {
  const tokens = tokensAtOnce(training);
  const { length = config.max_position_embeddings, ...others } = generation;
  const agent = () => [
    // The parameters, and those of the reference.
    weightBuffers(config, false),
    weightBuffers(config, false),
    learnerBuffers(config, training),
    generating(config, { ...others, length }, tokens),
  ];
  return [workspaceBuffers(config, training), Array.from({ length: agents }, agent)];
}

const generating = (config: LlamaConfig, capacity: Required<GenerationCapacity>, tokens: number) => [
  generatorBuffers(config, capacity, tokens),
  cacheBuffers(config, capacity, false),
];
