import type { UpdateReport } from '../model/agent';
import { concatenated } from './feeds';

type Values = Float32Array<ArrayBuffer>;

/** What an update knows of the policy before it, one list a sequence: of each learnable place. */
export interface Policy {
  /** Log-probabilities under π_old. */
  old: readonly Values[];
  /** Entropies of π_old, in nats. */
  entropies: readonly Values[];
  advantages: readonly Values[];
}

/** What came of an update. */
export interface Updated extends Policy {
  /** Log-probabilities under the policy that the last of its updates began with. */
  present: readonly Values[];
  reference: readonly Values[];
  /** What each place of a sequence has in the mean of the loss. */
  shares: readonly number[];
  /** Of the last gradient, before clipping. */
  norm: number;
}

export function reportOf(updated: Updated, epsilon: number): UpdateReport {
  const { old, entropies, advantages, present, reference, shares, norm } = updated;
  const surrogates = present.map((logprobs, s) => surrogateOf(logprobs, old[s], advantages[s], epsilon));
  const tokens = concatenated(old).length;
  return {
    loss: surrogates.reduce((sum, { loss }, s) => sum + shares[s] * loss, 0),
    kl: meanOf(concatenated(old)) - meanOf(concatenated(reference)),
    entropy: meanOf(concatenated(entropies)),
    grad_norm: norm,
    clip_ratio: surrogates.reduce((sum, { clipped }) => sum + clipped, 0) / tokens,
    tokens,
    advantages: advantages.map(meanOf),
  };
}

const meanOf = (values: Values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** −Σ min(s·A, clip(s)·A) of one sequence, s = π / π_old, and how many of its places were clipped. */
function surrogateOf(logprobs: Values, old: Values, advantages: Values, epsilon: number) {
  let loss = 0;
  let clipped = 0;
  logprobs.forEach((logprob, t) => {
    const ratio = Math.exp(logprob - old[t]);
    const bounded = Math.min(Math.max(ratio, 1 - epsilon), 1 + epsilon);
    if (bounded !== ratio) clipped++;
    loss -= Math.min(ratio * advantages[t], bounded * advantages[t]);
  });
  return { loss, clipped };
}
