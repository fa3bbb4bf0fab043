/** Whether the buffers of models fit an adapter, which is known before any is there. */
import { GpuMemoryError } from '../../gpu/errors';
import type { LlamaConfig } from '../../model/config';
import { parameterLayout } from '../../model/layout';
import { distinctShapes, isSameShape } from '../../model/shapes';
import { mebibytes, type MemoryEstimates, type MemoryNeed } from '../../model/memory';
import type { DecoderCapacity, DecoderRequest, ModelCapacity, TrainingCapacity } from '../../model/capacity';
import { wholeCapacity } from '../decoder';
import type { GenerationCapacity } from '../generator';
import { matrixShapes, paddedOutputs } from '../layout';
import { estimateDecoder, estimateMemory, type MemoryEstimate, type MemoryPlan } from '../memory';
import { tokensAtOnce } from '../workspace';

/** Said of models whose LoRA adapters are to learn. */
export const NO_ADAPTERS = 'LoRA adapters do not learn on the GPU yet. Choose the processor.';

/** Room as an adapter has it. */
export interface FittedCapacity {
  training: Required<TrainingCapacity>;
  generation: Required<GenerationCapacity>;
}

/**
 * Where one layer's keys and values of all sequences would exceed `largestBuffer`, the adapter's limit in bytes, fewer are
 * generated side by side, and the others in turns. Generation goes through the buffers of training: they have room for a
 * token of every sequence, and for the longest one.
 */
export function fitCapacity(
  shapes: readonly LlamaConfig[],
  { length, training, generation }: ModelCapacity,
  largestBuffer: number,
): FittedCapacity {
  const wanted = generation ?? { slots: 1, newTokens: 1 };
  const fitting = shapes.map(({ num_key_value_heads, head_dim }) =>
    Math.floor(largestBuffer / (4 * length * 2 * num_key_value_heads * head_dim)),
  );
  const slots = Math.max(1, Math.min(wanted.slots, ...fitting));
  const tokens = Math.max(training.tokens, slots);
  const asked = training.microBatchTokens ?? tokens;
  return {
    training: {
      ...{ tokens, sequences: training.sequences },
      microBatchTokens: Math.min(tokens, Math.max(asked, length, slots)),
    },
    generation: { slots, newTokens: wanted.newTokens, length },
  };
}

/**
 * The room for models of these shapes, and what it will take. Throws `GpuMemoryError` saying what would fit, where a buffer
 * is larger than the adapter allows.
 */
export function planModels(
  shapes: readonly LlamaConfig[],
  capacity: ModelCapacity,
  largestBuffer: number,
): FittedCapacity & { memory: MemoryEstimate } {
  const fitted = fitCapacity(shapes, capacity, largestBuffer);
  const plans = distinctShapes(shapes).map((config) => {
    const agents = shapes.filter((shape) => isSameShape(shape, config)).length;
    return { config, ...fitted, agents };
  });
  return { ...fitted, memory: checkFits(plans, largestBuffer, capacity.advice) };
}

/** The same of a model that only decodes. */
export function planDecoder(
  config: LlamaConfig,
  { advice, ...wanted }: DecoderRequest,
  largestBuffer: number,
): { capacity: Required<DecoderCapacity>; memory: MemoryEstimate } {
  const capacity = wholeCapacity(config, wanted);
  const estimateAt = (length: number) => estimateDecoder(config, { ...capacity, length }, largestBuffer);
  const memory = estimateAt(capacity.length);
  if (memory.largest.bytes <= largestBuffer) return { capacity, memory };
  const length = most(1, capacity.length, (shorter) => estimateAt(shorter).largest.bytes <= largestBuffer);
  throw tooLarge(memory, largestBuffer, length > 0 ? advice(length) : smallerMatrices(config, largestBuffer));
}

/** What models take on an adapter with this limit in bytes, `Infinity` where none is known. */
export function estimatesWithin(largestBuffer: number): MemoryEstimates {
  return {
    estimate: (shapes, capacity) =>
      shapes.some(({ lora }) => lora)
        ? { refusal: NO_ADAPTERS }
        : need(() => planModels(shapes, capacity, largestBuffer).memory),
    estimateDecoder: (shape, capacity) => need(() => planDecoder(shape, capacity, largestBuffer).memory),
  };
}

function need(estimate: () => MemoryEstimate): MemoryNeed {
  try {
    return { bytes: estimate().total };
  } catch (error) {
    if (error instanceof GpuMemoryError) return { refusal: error.message };
    throw error;
  }
}

/**
 * What these models will take. Throws `GpuMemoryError` where a buffer is larger than the adapter allows; `advice` words
 * how to compute at most so many tokens at once, which is what would fit.
 */
export function checkFits(
  plans: readonly MemoryPlan[],
  largestBuffer: number,
  advice: (tokens: number) => string,
): MemoryEstimate {
  const estimate = estimateMemory(plans);
  if (estimate.largest.bytes <= largestBuffer) return estimate;
  const tokens = mostTokensAtOnce(plans, largestBuffer);
  const models = plans.map(({ config }) => config);
  throw tooLarge(estimate, largestBuffer, tokens > 0 ? advice(tokens) : smallerModels(models, largestBuffer));
}

const tooLarge = ({ largest: { bytes, label } }: MemoryEstimate, largestBuffer: number, advice: string) =>
  new GpuMemoryError(
    `This needs ${mebibytes(bytes)} in one buffer (${label}), and the GPU allows ${mebibytes(largestBuffer)}. ${advice}`,
  );

const smallerModels = (models: readonly LlamaConfig[], largestBuffer: number) =>
  models.some((config) => 4 * parameterLayout(config).size > largestBuffer)
    ? `Choose agents of at most ${Math.floor(largestBuffer / 4)} parameters.`
    : 'Choose smaller agents or shorter sequences.';

/** The weights of a model that only decodes stand in several buffers, each matrix in one. */
function smallerMatrices(config: LlamaConfig, largestBuffer: number): string {
  const shapes = Object.values(matrixShapes(config));
  const [outputs, inputs] = shapes.reduce((largest, one) =>
    one[0] * one[1] > largest[0] * largest[1] ? one : largest,
  );
  return 4 * paddedOutputs(outputs) * inputs > largestBuffer
    ? `Choose a model whose largest matrix has at most ${Math.floor(largestBuffer / 4)} numbers; here it has ${outputs} × ${inputs}.`
    : 'Choose a smaller model or fewer sequences at once.';
}

/** Most tokens at once whose buffers all fit, with room for one sequence of each model and a token a slot; 0 if none. */
function mostTokensAtOnce(plans: readonly MemoryPlan[], largestBuffer: number): number {
  const fits = (tokens: number) =>
    estimateMemory(plans.map((plan) => ({ ...plan, training: { ...plan.training, microBatchTokens: tokens } }))).largest
      .bytes <= largestBuffer;
  const needed = ({ config, generation: { slots, length = config.max_position_embeddings } }: MemoryPlan) =>
    Math.max(slots, length);
  return most(Math.max(...plans.map(needed)), Math.max(...plans.map(({ training }) => tokensAtOnce(training))), fits);
}

/** The largest whole number from `low` to `high` that fits, where all smaller ones do too; 0 if none. */
function most(low: number, high: number, fits: (number: number) => boolean): number {
  if (!fits(low)) return 0;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
