/** A token, and the natural logarithm of its probability at temperature 1. */
export interface Choice {
  token: number;
  logprob: number;
}

/** A token and its probability at temperature 1. */
export interface Likely {
  token: number;
  probability: number;
}

/**
 * Draws from logits as the engine does (`gpu/kernels/sampling.wgsl`): the likeliest at temperature 0, the lowest id among
 * equals; else the inverse of the cumulative distribution over the vocabulary in order, at `u` in [0, 1).
 */
export function choose(logits: Float32Array, temperature: number, u: number): Choice {
  const best = highest(logits);
  const top = logits[best];
  const log = Math.log(total(logits, top, 1));
  const at = (token: number): Choice => ({ token, logprob: logits[token] - top - log });
  if (temperature === 0) return at(best);
  const mark = u * total(logits, top, temperature);
  let passed = 0;
  const token = logits.findIndex((logit) => (passed += Math.exp((logit - top) / temperature)) > mark);
  return at(token < 0 ? best : token);
}

/** Of one token, at temperature 1. */
export function probability(logits: Float32Array, token: number): number {
  const top = logits[highest(logits)];
  return Math.exp(logits[token] - top) / total(logits, top, 1);
}

/** The likeliest tokens, at most so many, the likeliest first and the lowest id among equals. */
export function likeliest(logits: Float32Array, count: number): Likely[] {
  const ids: number[] = [];
  for (let id = 0; id < logits.length; id++) {
    if (ids.length === count && !(logits[id] > logits[ids[count - 1]])) continue;
    const place = ids.findIndex((other) => logits[id] > logits[other]);
    ids.splice(place < 0 ? ids.length : place, 0, id);
    ids.length = Math.min(ids.length, count);
  }
  const top = logits[ids[0]];
  const sum = total(logits, top, 1);
  return ids.map((token) => ({ token, probability: Math.exp(logits[token] - top) / sum }));
}

function highest(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id] > logits[best]) best = id;
  return best;
}

const total = (logits: Float32Array, top: number, temperature: number) =>
  logits.reduce((sum, logit) => sum + Math.exp((logit - top) / temperature), 0);
