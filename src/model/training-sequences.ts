import type { PolicySample, UpdateOptions } from './agent';
import { BatchError } from './requests';
import type { SupervisedSequence } from './trainable-model';

/** A sequence to learn from: which of its tokens are predicted, with what weight, and its terminal reward. */
export interface TrainingSequence {
  ids: readonly number[];
  /** One per id: the weight of predicting it from those before it, 0 if it is not predicted. The first is ignored. */
  weights: readonly number[];
  reward: number;
}

/** Inputs of a sequence: every token but its last. */
export const inputs = ({ ids }: TrainingSequence) => ids.length - 1;

/** Runs of sequences, in order, of at most `tokens` inputs each. A sequence that has more is a run of its own. */
export function runsWithin(sequences: readonly TrainingSequence[], tokens: number): TrainingSequence[][] {
  const parts: TrainingSequence[][] = [];
  let left = 0;
  for (const sequence of sequences) {
    const count = inputs(sequence);
    if (parts.length === 0 || count > left) {
      parts.push([]);
      left = tokens;
    }
    parts[parts.length - 1].push(sequence);
    left -= count;
  }
  return parts;
}

/** Examples with the share of each token in the weighted mean. Throws `BatchError` where nothing has weight. */
export function crossEntropySequences(examples: readonly SupervisedSequence[]): TrainingSequence[] {
  const total = examples.reduce((sum, { weights }) => sum + weights.slice(1).reduce((a, b) => a + b, 0), 0);
  if (!(total > 0)) throw new BatchError('No token of the batch has weight. Give some that are to be learned.');
  return examples.map(({ ids, weights }) => ({ ids, reward: 0, weights: weights.map((w) => w / total) }));
}

/** Samples with the share of each learnable token in the mean. Throws `BatchError` for a sample without any. */
export function policySequences(
  samples: readonly PolicySample[],
  lossMean: UpdateOptions['lossMean'],
): TrainingSequence[] {
  samples.forEach(({ ids, learnableFrom }, s) => {
    if (learnableFrom > 0 && learnableFrom < ids.length) return;
    throw new BatchError(
      `Sample ${s} learns from token ${learnableFrom} of ${ids.length}. Leave one before and one behind.`,
    );
  });
  const learnable = samples.map(({ ids, learnableFrom, given = [] }, s) => {
    const kept = new Set(given);
    const places = ids.map((_, i) => i >= learnableFrom && !kept.has(i));
    const count = places.filter(Boolean).length;
    if (count === 0) throw new BatchError(`Sample ${s} has no token that it chose. Leave it out.`);
    return { places, count };
  });
  const all = learnable.reduce((sum, { count }) => sum + count, 0);
  return samples.map(({ ids, reward }, s) => {
    const { places, count } = learnable[s];
    const weight = lossMean === 'tokens' ? 1 / all : 1 / (samples.length * count);
    return { ids, reward, weights: places.map((learns) => (learns ? weight : 0)) };
  });
}
