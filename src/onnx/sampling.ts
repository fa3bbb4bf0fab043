/** A token, and the natural logarithm of its probability at temperature 1. */
export interface Choice {
  token: number;
  logprob: number;
}

/**
 * Draws from logits as the engine does (`gpu/kernels/sampling.wgsl`): the likeliest at temperature 0, the lowest id among
 * equals; else the inverse of the cumulative distribution over the vocabulary in order, at `u` in [0, 1).
 */
export function choose(logits: Float32Array, temperature: number, u: number): Choice {
  const best = likeliest(logits);
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
  const top = logits[likeliest(logits)];
  return Math.exp(logits[token] - top) / total(logits, top, 1);
}

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id] > logits[best]) best = id;
  return best;
}

const total = (logits: Float32Array, top: number, temperature: number) =>
  logits.reduce((sum, logit) => sum + Math.exp((logit - top) / temperature), 0);
