import type { ModelCapacity } from '../../model/capacity';
import type { Limits } from '../../task/limits';
import { longestSequence, mostNewTokens } from '../../waltz/game/sequence-limits';
import type { LearningConfig } from '../config/run-config';
import { gamesPerStep } from '../run/stages';

/** Games generated side by side where a step has fewer: evaluations play hundreds. */
const FEWEST_SLOTS = 64;

/** As many games as a step plays, so that an evaluation needs no buffers of its own. */
export function gamesAtOnce(config: LearningConfig): number {
  return Math.max(FEWEST_SLOTS, gamesPerStep(config));
}

/** Room for a config's batches and longest games. */
export function runCapacity(config: LearningConfig, limits: Limits): ModelCapacity {
  const { batch, rollouts_per_prompt, max_rounds } = config.rollout;
  const { micro_batch_tokens: microBatchTokens } = config.optimizer;
  const games = gamesPerStep(config);
  const length = longestSequence(limits, max_rounds);
  return {
    length,
    training: {
      ...{ tokens: games * length, sequences: games },
      ...(microBatchTokens > 0 ? { microBatchTokens } : {}),
    },
    generation: { slots: gamesAtOnce(config), newTokens: mostNewTokens(limits) },
    advice: (tokens) => {
      const most = Math.floor(tokens / (length * rollouts_per_prompt));
      const fewer = most >= 1 && most < batch ? `, or rollout.batch to at most ${most}` : '';
      return `Set optimizer.micro_batch_tokens to at most ${tokens}${fewer}.`;
    },
  };
}
