import type { Task } from '../../task/task';
import type { SupervisedSchedule, WarmStartExample } from '../../task/warm-start';
import { type ModelName, modelNames } from './model-names';
import { Random } from '../../random/philox';
import type { SupervisedSequence, TrainableModel } from '../../model/trainable-model';
import type { Tokenizer } from '../../tokenizer/tokenizer';

/** Learning rate of a step, counted from 0. */
export function warmStartRate({ steps, learningRate, warmupSteps }: SupervisedSchedule, step: number): number {
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  const left = (steps - 1 - step) / Math.max(1, steps - 1 - warmupSteps);
  return learningRate * (0.1 + 0.9 * left);
}

export class WarmStartExampleError extends Error {
  override name = 'WarmStartExampleError';
}

/** Tokens and loss weights of an example: none on the context, and on the target only where its mask says so. */
export function supervisedExample(
  { context, target, mask }: WarmStartExample,
  tokenizer: Tokenizer,
): SupervisedSequence {
  const read = tokenizer.encode(context);
  const written = tokenizer.encode(target);
  if (mask && mask.length !== written.length) {
    throw new WarmStartExampleError(
      `A warm-start example has ${written.length} target tokens but a mask of ${mask.length}. ` +
        `Give one entry per token: "${target}".`,
    );
  }
  return {
    ids: [...read, ...written],
    weights: [...read.map(() => 0), ...written.map((_, i) => (mask && !mask[i] ? 0 : 1))],
  };
}

export interface WarmStart {
  task: Task;
  tokenizer: Tokenizer;
  name: ModelName;
  schedule: SupervisedSchedule;
  seed: number;
}

/** The batch of a step, keyed by (seed, 'warm-start', step, example): the same whatever ran before. */
export function warmStartBatch({ task, tokenizer, name, schedule, seed }: WarmStart, step: number) {
  const agent = modelNames.indexOf(name);
  return Array.from({ length: schedule.batch }, (_, i) =>
    supervisedExample(task.warmStart.example(name, new Random(seed, 'warm-start', [step, i, agent])), tokenizer),
  );
}

export interface WarmStartProgress {
  /** Steps done. */
  step: number;
  loss: number;
  tokens: number;
  learningRate: number;
}

/**
 * Trains a base agent, yielding after each step. To resume, restore the agent and pass the steps it has behind it: the
 * rest is the same as if it had never stopped.
 */
export async function* pretrain(
  model: Pick<TrainableModel, 'supervise'>,
  start: WarmStart,
  done = 0,
): AsyncGenerator<WarmStartProgress, void, void> {
  const { schedule } = start;
  for (let step = done; step < schedule.steps; step++) {
    const learningRate = warmStartRate(schedule, step);
    const { loss, tokens } = await model.supervise(warmStartBatch(start, step), {
      learningRate,
      gradientClip: schedule.gradientClip,
    });
    yield { step: step + 1, loss, tokens, learningRate };
  }
}
