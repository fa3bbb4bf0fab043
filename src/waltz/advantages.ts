/**
 * Reference implementation, in double precision, of how rewards become gradients (sec. 2.3). The GPU agent does the
 * per-token part in kernels and is tested against this file.
 */
import type { Estimator } from './settings';

/** Smallest variance that whitening divides by (contracts, Training). */
const MINIMUM_VARIANCE = 1e-8;

/** Estimators that need several rollouts of a prompt to have a baseline at all. */
export function needsGroups(estimator: Estimator): boolean {
  return estimator !== 'reinforce++';
}

/** REINFORCE++ and its baseline form whiten over all tokens of the agent's batch; RLOO and GRPO leave that out. */
export function whitens(estimator: Estimator): boolean {
  return estimator === 'reinforce++' || estimator === 'reinforce++-baseline';
}

/**
 * Terminal rewards after their group's baseline was taken off; order is kept.
 * reinforce++: none. reinforce++-baseline: the group's mean. rloo: the mean of the others (none in a group of one).
 * grpo: the group's mean, then divided by the group's population standard deviation.
 *
 * @param groups group of each reward: one prompt's rollouts, of one agent
 */
export function baselined(rewards: readonly number[], groups: readonly number[], estimator: Estimator): number[] {
  if (estimator === 'reinforce++') return [...rewards];
  const members = new Map<number, number[]>();
  rewards.forEach((reward, i) => {
    const group = members.get(groups[i]);
    if (group) group.push(reward);
    else members.set(groups[i], [reward]);
  });
  return rewards.map((reward, i) => {
    const group = members.get(groups[i])!;
    const { mean, variance } = moments(group);
    if (estimator === 'rloo') {
      const others = group.length - 1;
      return others ? reward - (mean * group.length - reward) / others : reward;
    }
    const centred = reward - mean;
    return estimator === 'grpo' ? centred * inverseDeviation(variance) : centred;
  });
}

/** One sequence of an agent's batch: its terminal reward and its learnable tokens' log-probabilities. */
export interface RewardedTokens {
  reward: number;
  /** log π_old(y_i), one per learnable token. */
  logpOld: readonly number[];
  /** log π_ref(y_i). */
  logpRef: readonly number[];
}

/**
 * A_i = R − β·Σ_{j≥i} log(π_old(y_j)/π_ref(y_j)): terminal reward, KL-to-go (k1), discount 1; then, with `normalize`,
 * (A − mean)·rsqrt(max(var, 1e-8)) with the population variance over all tokens of the batch.
 */
export function tokenAdvantages(
  samples: readonly RewardedTokens[],
  { beta, normalize }: { beta: number; normalize: boolean },
): number[][] {
  const advantages = samples.map(({ reward, logpOld, logpRef }) => {
    const row = new Array<number>(logpOld.length);
    let toGo = 0;
    for (let i = logpOld.length - 1; i >= 0; i--) {
      toGo += logpOld[i] - logpRef[i];
      row[i] = reward - beta * toGo;
    }
    return row;
  });
  if (!normalize) return advantages;
  const { mean, variance } = moments(advantages.flat());
  const scale = inverseDeviation(variance);
  return advantages.map((row) => row.map((a) => (a - mean) * scale));
}

/** The clipped surrogate of one token: its objective, the objective's derivative by log π, and whether s left the range. */
export interface TokenSurrogate {
  /** min(s·A, clip(s, 1−ε, 1+ε)·A), to be maximised. */
  objective: number;
  /** d objective / d log π: s·A where the unclipped term is the smaller (or both are equal), else 0. */
  derivative: number;
  outside: boolean;
}

export function surrogate(logp: number, logpOld: number, advantage: number, epsilon: number): TokenSurrogate {
  const ratio = Math.exp(logp - logpOld);
  const clipped = Math.min(Math.max(ratio, 1 - epsilon), 1 + epsilon);
  const unclippedTerm = ratio * advantage;
  const clippedTerm = clipped * advantage;
  return {
    objective: Math.min(unclippedTerm, clippedTerm),
    derivative: unclippedTerm <= clippedTerm ? unclippedTerm : 0,
    outside: ratio !== clipped,
  };
}

/** One sequence's learnable tokens under the policy that is being updated. */
export interface PolicyTokens {
  logp: readonly number[];
  logpOld: readonly number[];
  advantages: readonly number[];
}

export interface PolicyLoss {
  /** To be minimised. */
  loss: number;
  /** d loss / d log π(y_i), shaped like the samples. */
  derivatives: number[][];
  /** Share of tokens whose ratio left [1−ε, 1+ε]. */
  clipRatio: number;
}

/** The loss of eq. 4: mean over all tokens of the batch (`tokens`), or over each sequence first (`sequences`, 1/|y|). */
export function policyLoss(
  samples: readonly PolicyTokens[],
  { epsilon, lossMean }: { epsilon: number; lossMean: 'tokens' | 'sequences' },
): PolicyLoss {
  const weights = tokenWeights(
    samples.map(({ logp }) => logp.length),
    lossMean,
  );
  let loss = 0;
  let outside = 0;
  let tokens = 0;
  const derivatives = samples.map(({ logp, logpOld, advantages }, row) =>
    logp.map((value, i) => {
      const token = surrogate(value, logpOld[i], advantages[i], epsilon);
      loss -= weights[row] * token.objective;
      outside += token.outside ? 1 : 0;
      tokens++;
      return token.derivative === 0 ? 0 : -weights[row] * token.derivative;
    }),
  );
  return { loss, derivatives, clipRatio: tokens ? outside / tokens : 0 };
}

/** Weight of each of a sequence's tokens in the loss; over the batch the weights of all tokens add up to 1. */
export function tokenWeights(lengths: readonly number[], lossMean: 'tokens' | 'sequences'): number[] {
  if (lossMean === 'tokens') {
    const total = lengths.reduce((a, b) => a + b, 0);
    return lengths.map(() => 1 / total);
  }
  const sequences = lengths.filter((length) => length > 0).length;
  return lengths.map((length) => (length ? 1 / (sequences * length) : 0));
}

function moments(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  return { mean, variance };
}

function inverseDeviation(variance: number): number {
  return 1 / Math.sqrt(Math.max(variance, MINIMUM_VARIANCE));
}
