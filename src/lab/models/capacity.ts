import type { Limits } from '../../task/limits';
import { GpuMemoryError } from '../../gpu/errors';
import type { LlamaConfig } from '../../model/config';
import type { DecoderCapacity } from '../../lm/decoder';
import type { GenerationCapacity } from '../../lm/generator';
import { parameterLayout } from '../../lm/layout';
import { estimateDecoder, estimateMemory, type MemoryEstimate, type MemoryPlan } from '../../lm/memory';
import { tokensAtOnce, type TrainingCapacity } from '../../lm/workspace';
import { longestSequence, mostNewTokens } from '../../waltz/game/sequence-limits';
import type { RunConfig } from '../config/run-config';
import { gamesPerStep } from '../run/stages';

/** Games generated side by side where a step has fewer: evaluations play hundreds. */
const FEWEST_SLOTS = 64;

/** As many games as a step plays, so that an evaluation needs no buffers of its own. */
export function gamesAtOnce(config: RunConfig): number {
  return Math.max(FEWEST_SLOTS, gamesPerStep(config));
}

/** What a run's agents need room for. */
export interface Room {
  training: Required<TrainingCapacity>;
  generation: Required<GenerationCapacity>;
}

/**
 * Room for a config's batches and longest games. `models` are the agents' shapes and `largestBuffer` the adapter's limit in
 * bytes: where one layer's keys and values of all games would exceed it, fewer games are generated side by side, and
 * the others in turns.
 */
export function runRoom(
  config: RunConfig,
  limits: Limits,
  models: readonly LlamaConfig[],
  largestBuffer: number,
): Room {
  const games = gamesPerStep(config);
  const length = longestSequence(limits, config.rollout.max_rounds);
  const fitting = models.map(({ num_key_value_heads, head_dim }) =>
    Math.floor(largestBuffer / (4 * length * 2 * num_key_value_heads * head_dim)),
  );
  const slots = Math.max(1, Math.min(gamesAtOnce(config), ...fitting));
  const tokens = Math.max(games * length, slots);
  const asked = config.optimizer.micro_batch_tokens || tokens;
  return {
    training: { tokens, sequences: games, microBatchTokens: Math.min(tokens, Math.max(asked, length, slots)) },
    generation: { slots, newTokens: mostNewTokens(limits), length },
  };
}

/**
 * The room for a run of models of these shapes, and what it will take. Throws `GpuMemoryError` saying which settings would
 * fit, where a buffer is larger than the adapter allows.
 */
export function planRun(
  config: RunConfig,
  limits: Limits,
  shapes: readonly LlamaConfig[],
  largestBuffer: number,
): Room & { memory: MemoryEstimate } {
  const models = distinctShapes(shapes);
  const { training, generation } = runRoom(config, limits, models, largestBuffer);
  const plans = models.map((model) => {
    const agents = shapes.filter((shape) => sameShape(shape, model)).length;
    return { config: model, training, generation, agents };
  });
  const memory = checkFits(plans, largestBuffer, (tokens) => {
    const { batch, rollouts_per_prompt } = config.rollout;
    const most = Math.floor(tokens / (generation.length * rollouts_per_prompt));
    const fewer = most >= 1 && most < batch ? `, or rollout.batch to at most ${most}` : '';
    return `Set optimizer.micro_batch_tokens to at most ${tokens}${fewer}.`;
  });
  return { training, generation, memory };
}

/** GPU memory in bytes, or why the adapter cannot hold it and what would fit. */
export type MemoryNeed = { bytes: number } | { refusal: string };

/** What an estimate comes to. */
export function memoryNeed(estimate: () => MemoryEstimate): MemoryNeed {
  try {
    return { bytes: estimate().total };
  } catch (error) {
    if (error instanceof GpuMemoryError) return { refusal: error.message };
    throw error;
  }
}

/** One of each shape: models of one shape share a workspace. */
export function distinctShapes(shapes: readonly LlamaConfig[]): LlamaConfig[] {
  return shapes.filter((shape, i) => shapes.findIndex((other) => sameShape(shape, other)) === i);
}

export function sameShape(a: LlamaConfig, b: LlamaConfig): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
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

/** The same of a model that only decodes; `advice` words how to keep sequences to so many tokens. */
export function checkDecoderFits(
  config: LlamaConfig,
  capacity: DecoderCapacity,
  largestBuffer: number,
  advice: (length: number) => string,
): MemoryEstimate {
  const estimateAt = (length: number) => estimateDecoder(config, { ...capacity, length });
  const estimate = estimateAt(capacity.length);
  if (estimate.largest.bytes <= largestBuffer) return estimate;
  const length = most(1, capacity.length, (shorter) => estimateAt(shorter).largest.bytes <= largestBuffer);
  throw tooLarge(estimate, largestBuffer, length > 0 ? advice(length) : smallerModels([config], largestBuffer));
}

const tooLarge = ({ largest: { bytes, label } }: MemoryEstimate, largestBuffer: number, advice: string) =>
  new GpuMemoryError(
    `This needs ${mebibytes(bytes)} in one buffer (${label}), and the GPU allows ${mebibytes(largestBuffer)}. ${advice}`,
  );

const smallerModels = (models: readonly LlamaConfig[], largestBuffer: number) =>
  models.some((config) => 4 * parameterLayout(config).size > largestBuffer)
    ? `Choose agents of at most ${Math.floor(largestBuffer / 4)} parameters.`
    : 'Choose smaller agents or shorter sequences.';

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

export const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 1 : 0)} MiB`;
