/** What an estimator makes of an agent's rewards (sec. 2.3); the rest is per token, and the agent does it. */
import type { Estimator } from './settings';

/** Smallest variance that whitening divides by. */
const MINIMUM_VARIANCE = 1e-8;

/** Estimators that need several rollouts of a prompt to have a baseline at all. */
export function needsGroups(estimator: Estimator): boolean {
  return estimator !== 'reinforce++' && estimator !== 'reinforce++-kind';
}

/** REINFORCE++ and its baseline forms whiten over all tokens of the agent's batch; RLOO and GRPO leave that out. */
export function whitens(estimator: Estimator): boolean {
  return estimator.startsWith('reinforce++');
}

/**
 * The group of a game, whose rewards have a baseline in common: its prompt's games, or all of its kind. Harmful prompts may earn
 * more than benign ones; with one mean for both, what is right on a benign prompt has a negative advantage.
 */
export function groupOf(game: number, harmful: boolean, estimator: Estimator, rolloutsPerPrompt: number): number {
  return estimator === 'reinforce++-kind' ? Number(harmful) : Math.floor(game / rolloutsPerPrompt);
}

/**
 * Terminal rewards after their group's baseline was taken off; order is kept.
 * reinforce++: none. reinforce++-kind, reinforce++-baseline: the group's mean. rloo: the mean of the others (none in a group of one).
 * grpo: the group's mean, then divided by the group's population standard deviation.
 *
 * @param groups group of each reward, of one agent (`groupOf`)
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

function moments(values: readonly number[]): { mean: number; variance: number } {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  return { mean, variance };
}

function inverseDeviation(variance: number): number {
  return 1 / Math.sqrt(Math.max(variance, MINIMUM_VARIANCE));
}
