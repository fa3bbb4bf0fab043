import { philox, streamKey, unit, type StreamName } from '../../src/random/philox';
import { softmax } from './operations';

/** A chosen token, and how near another choice was: equality with float32 is owed only where `margin` is not tiny. */
export interface Choice {
  token: number;
  /** Greedy: best logit less the second. Sampled: distance of the draw from the nearest boundary of its interval. */
  margin: number;
}

/** The highest logit; the lowest id among equals. */
export function greedy(logits: Float64Array): Choice {
  let token = 0;
  for (let t = 1; t < logits.length; t++) if (logits[t] > logits[token]) token = t;
  let second = -Infinity;
  logits.forEach((x, t) => (second = t === token ? second : Math.max(second, x)));
  return { token, margin: logits[token] - second };
}

/** Uniform draw of a token: Philox key (seed, stream), counter (step, rollout, phase, token number). */
export function draw(
  seed: number,
  stream: StreamName,
  counter: readonly [step: number, rollout: number, phase: number, token: number],
): number {
  return unit(philox(streamKey(seed, stream), counter)[0]);
}

/** Inverse of the cumulative distribution over tokens in the order of their ids, at `u` in [0, 1). */
export function sample(logits: Float64Array, temperature: number, u: number): Choice {
  const probabilities = softmax(logits.map((x) => x / temperature));
  let low = 0;
  for (let token = 0; token < probabilities.length; token++) {
    const high = low + probabilities[token];
    if (u < high || token === probabilities.length - 1) return { token, margin: Math.min(u - low, high - u) };
    low = high;
  }
  throw new Error('A distribution over no tokens cannot be sampled.');
}
