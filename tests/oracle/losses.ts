import type { PolicySample, UpdateOptions } from '../../src/model/agent';
import type { Trace } from './decoder';
import { logSumExp, softmax } from './operations';

/** Of a decoder's trace, what the losses need. */
type Predictions = Pick<Trace, 'ids' | 'logits'>;

/** Row `position` of the logits: it predicts token `position + 1`. */
export function logitsAt({ ids, logits }: Predictions, position: number): Float64Array {
  const vocabulary = logits.length / ids.length;
  return logits.subarray(position * vocabulary, (position + 1) * vocabulary);
}

/** log p(ids[i] | ids before i) at temperature 1, for each i; `NaN` at 0, which nothing predicts. */
export function tokenLogprobs(trace: Predictions): number[] {
  return trace.ids.map((id, i) => {
    if (i === 0) return NaN;
    const row = logitsAt(trace, i - 1);
    return row[id] - logSumExp(row);
  });
}

/** Entropy in nats of the distribution from which token i is drawn, for each i; `NaN` at 0. */
export function tokenEntropies(trace: Predictions): number[] {
  return trace.ids.map((_, i) => {
    if (i === 0) return NaN;
    const row = logitsAt(trace, i - 1);
    const total = logSumExp(row);
    return -row.reduce((sum, x) => sum + Math.exp(x - total) * (x - total), 0);
  });
}

/** Derivative by the logits of Σ_i slopes[i] · log p(ids[i] | …), `slopes[0]` unused. */
export function throughLogprobs(trace: Predictions, slopes: readonly number[]): Float64Array {
  const dLogits = new Float64Array(trace.logits.length);
  const vocabulary = trace.logits.length / trace.ids.length;
  for (let i = 1; i < trace.ids.length; i++) {
    if (slopes[i] === 0) continue;
    const probabilities = softmax(logitsAt(trace, i - 1));
    for (let t = 0; t < vocabulary; t++) {
      dLogits[(i - 1) * vocabulary + t] = slopes[i] * ((t === trace.ids[i] ? 1 : 0) - probabilities[t]);
    }
  }
  return dLogits;
}

export interface Loss {
  loss: number;
  /** Derivative of the loss by each token's log-probability, one list per sequence. */
  slopes: number[][];
}

/** Weighted mean of −log p over the batch; `weights[s][i]` is the weight of sequence s's token i (of token 0: unused). */
export function crossEntropy(logprobs: readonly number[][], weights: readonly (readonly number[])[]): Loss {
  let total = 0;
  weights.forEach((row) => row.forEach((weight, i) => (total += i === 0 ? 0 : weight)));
  let loss = 0;
  const slopes = logprobs.map((row, s) =>
    row.map((logprob, i) => {
      const weight = i === 0 ? 0 : weights[s][i] / total;
      if (weight !== 0) loss -= weight * logprob;
      return -weight;
    }),
  );
  return { loss, slopes };
}

/** Mean and population deviation, which is 1e-4 at least. */
export function moments(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(Math.max(variance, 1e-8)) };
}

/**
 * A_i = R − β·Σ_{t≥i} log(π_old(y_t)/π_ref(y_t)) of every learnable token (docs/algorithm.md), and, whitened, less
 * the mean over all tokens of the batch, over their population deviation. One list per sample, learnable tokens only.
 */
export function tokenAdvantages(
  samples: readonly PolicySample[],
  old: readonly number[][],
  reference: readonly number[][],
  { beta, normalize }: Pick<UpdateOptions, 'beta' | 'normalize'>,
): number[][] {
  const raw = samples.map(({ ids, learnableFrom, reward }, s) => {
    const advantages: number[] = [];
    let klToGo = 0;
    for (let i = ids.length - 1; i >= learnableFrom; i--) {
      klToGo += old[s][i] - reference[s][i];
      advantages.unshift(reward - beta * klToGo);
    }
    return advantages;
  });
  if (!normalize) return raw;
  const { mean, deviation } = moments(raw.flat());
  return raw.map((row) => row.map((a) => (a - mean) / deviation));
}

/**
 * −mean of min(s·A, clip(s, 1−ε, 1+ε)·A), s = π/π_old, over all tokens of the batch or per sequence first (eq. 4).
 * `clipped` counts the tokens whose ratio left the range.
 */
export function clippedSurrogate(
  samples: readonly PolicySample[],
  logprobs: readonly number[][],
  old: readonly number[][],
  advantages: readonly number[][],
  { epsilon, lossMean }: Pick<UpdateOptions, 'epsilon' | 'lossMean'>,
): Loss & { clipped: number } {
  const tokens = advantages.reduce((sum, row) => sum + row.length, 0);
  let loss = 0;
  let clipped = 0;
  const slopes = samples.map(({ ids, learnableFrom }, s) => {
    const share = 1 / (lossMean === 'tokens' ? tokens : samples.length * advantages[s].length);
    return ids.map((_, i) => {
      if (i < learnableFrom) return 0;
      const advantage = advantages[s][i - learnableFrom];
      const ratio = Math.exp(logprobs[s][i] - old[s][i]);
      const bounded = Math.min(Math.max(ratio, 1 - epsilon), 1 + epsilon);
      if (bounded !== ratio) clipped++;
      loss -= share * Math.min(ratio * advantage, bounded * advantage);
      return ratio * advantage <= bounded * advantage ? -share * ratio * advantage : 0;
    });
  });
  return { loss, slopes, clipped };
}
