import { Random } from '../../random/philox';
import type { Game, Written } from '../game/play';
import type { FeedbackRewards } from '../game/rollout';
import type { RolloutSettings } from './settings';

/** A text chosen for its agent's update: which game, which round, and its terminal reward before any baseline. */
export interface Gathered {
  game: number;
  round: number;
  written: Written;
  reward: number;
}

/** Both agents' choices, the feedback agent's empty where it did not play; an agent that does not train simply leaves its own unused. */
export interface Trajectories {
  conversation: Gathered[];
  feedback: Gathered[];
}

/**
 * Chooses what each agent learns from (sec. 2.3), one text of each game per agent. π_f: the feedback of one random
 * round, games that stopped included (they are the negatives). π_c: τ_A = c_0 with R_c(c_0), or τ_B = the served answer
 * c_T with R_c(c_T); a game without a revision has only τ_A. Draws are keyed by (seed, 'trajectory', step, rollout).
 *
 * @param rewards of every feedback, per game and round
 */
export function gather(
  games: readonly Game[],
  rewards: readonly (readonly FeedbackRewards[])[],
  trajectories: RolloutSettings['trajectories'],
  place: { seed: number; step: number },
): Trajectories {
  const chosen: Trajectories = { conversation: [], feedback: [] };
  games.forEach((game, index) => {
    const random = new Random(place.seed, 'trajectory', [place.step, game.rollout, 0]);
    const round = random.integer(Math.max(1, game.feedbacks.length));
    const tauB = random.chance(0.5);
    if (game.feedbacks.length > 0) {
      const reward = rewards[index][round].total;
      chosen.feedback.push({ game: index, round, written: game.feedbacks[round], reward });
    }
    const last = game.answers.length - 1;
    const answerRound = trajectories === 'tau_b' || (trajectories === 'mixed' && tauB) ? last : 0;
    const answer = game.answers[answerRound];
    chosen.conversation.push({ game: index, round: answerRound, written: answer, reward: answer.verdict.reward });
  });
  return chosen;
}
