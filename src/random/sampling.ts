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

const none: ReadonlySet<number> = new Set();

/**
 * Draws from logits as the engine does (`gpu/kernels/sampling.wgsl`): the likeliest at temperature 0, the lowest id among
 * equals; else the inverse of the cumulative distribution over the vocabulary in order, at `u` in [0, 1). Ids that are
 * `suppressed` are never drawn; the probability is that of the whole vocabulary all the same.
 */
export function choose(logits: Float32Array, temperature: number, u: number, suppressed = none): Choice {
  const top = logits[highest(logits, none)];
  const log = Math.log(total(logits, top, 1, none));
  const best = highest(logits, suppressed);
  const at = (token: number): Choice => ({ token, logprob: logits[token] - top - log });
  if (temperature === 0) return at(best);
  const peak = logits[best];
  const mark = u * total(logits, peak, temperature, suppressed);
  let passed = 0;
  const token = logits.findIndex((logit, id) => {
    if (suppressed.has(id)) return false;
    return (passed += Math.exp((logit - peak) / temperature)) > mark;
  });
  return at(token < 0 ? best : token);
}

/** Of one token, at temperature 1. */
export function probability(logits: Float32Array, token: number): number {
  const top = logits[highest(logits, none)];
  return Math.exp(logits[token] - top) / total(logits, top, 1, none);
}

/** The likeliest tokens that are not suppressed, at most so many, the likeliest first and the lowest id among equals. */
export function likeliest(logits: Float32Array, count: number, suppressed = none): Likely[] {
  const ids: number[] = [];
  for (let id = 0; id < logits.length; id++) {
    if (suppressed.has(id)) continue;
    if (ids.length === count && !(logits[id] > logits[ids[count - 1]])) continue;
    const place = ids.findIndex((other) => logits[id] > logits[other]);
    ids.splice(place < 0 ? ids.length : place, 0, id);
    ids.length = Math.min(ids.length, count);
  }
  const top = logits[highest(logits, none)];
  const sum = total(logits, top, 1, none);
  return ids.map((token) => ({ token, probability: Math.exp(logits[token] - top) / sum }));
}

/** Of those that are not suppressed; the lowest id among equals. */
function highest(logits: Float32Array, suppressed: ReadonlySet<number>): number {
  let best = -1;
  for (let id = 0; id < logits.length; id++) {
    if (!suppressed.has(id) && (best < 0 || logits[id] > logits[best])) best = id;
  }
  return best;
}

const total = (logits: Float32Array, top: number, temperature: number, suppressed: ReadonlySet<number>) =>
  logits.reduce((sum, logit, id) => (suppressed.has(id) ? sum : sum + Math.exp((logit - top) / temperature)), 0);
