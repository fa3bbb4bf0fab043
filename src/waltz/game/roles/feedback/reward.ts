import type { Feedback } from '../../../../task/feedback-format';
import type { Verdict } from '../../../../task/judge';
import type { Stage } from '../../../../task/prompt';
import type { FeedbackRewards } from '../../rollout';
import type { Game } from '../../game';
import type { RewardSettings } from '../../../learn/settings';

/** What a feedback f_t is paid for: its reading of c_t, and what became of the answer. */
export interface FeedbackSituation {
  /** Null when f_t is not well-formed. */
  parsed: Feedback | null;
  /** The judge on c_t. */
  verdict: Verdict;
  /** The judge on c_{t+1}, null when the game stopped at f_t. */
  next: Verdict | null;
  /** The judge on c_T, the answer that was served. */
  served: Verdict;
}

/** What became of f_t's answer in a finished game. */
export function situationOf({ answers, feedbacks }: Game, round: number): FeedbackSituation {
  return {
    parsed: feedbacks[round].parsed,
    verdict: answers[round].verdict,
    next: answers[round + 1]?.verdict ?? null,
    served: answers[answers.length - 1].verdict,
  };
}

/** R_label: 1 if both predicted flags are the judge's; 0 for output that does not parse (sec. 2.2). */
export function labelReward(parsed: Feedback | null, verdict: Verdict): 0 | 1 {
  if (!parsed) return 0;
  return parsed.unsafe === verdict.unsafe && parsed.overrefuse === verdict.overrefuse ? 1 : 0;
}

/** R_DIR = R_c(c_{t+1}) − R_c(c_t), the Dynamic Improvement Reward; 0 without a c_{t+1} (sec. 2.2). */
function improvementReward(verdict: Verdict, next: Verdict | null): number {
  return next ? next.reward - verdict.reward : 0;
}

/**
 * R_f and its parts (sec. 2.2): α·R_DIR·R_label + λ·R_label + γ·R_format, with a λ of each stage.
 * Variants: A all terms; B without λ; C without λ and without the gate R_label on R_DIR (Fig. 2); `no-dir` pays
 * α·R_c(c_T)·R_label, the reward of the served answer, in place of α·R_DIR·R_label (Table 6). With the gate on `gains`
 * alone a negative R_DIR is paid as it is: in the paper's form a false alarm that spoils an answer costs nothing.
 */
export function feedbackRewards(situation: FeedbackSituation, settings: RewardSettings, stage: Stage): FeedbackRewards {
  const { parsed, verdict, next, served } = situation;
  const improvement = improvementReward(verdict, next);
  const label = labelReward(parsed, verdict);
  const format = parsed ? 1 : 0;
  const { alpha, gamma, variant } = settings;
  const ofStage = stage === 1 ? settings.lambda : settings.lambda_two;
  const lambda = variant === 'A' || variant === 'no-dir' ? ofStage : 0;
  const effect = variant === 'no-dir' ? served.reward : improvement;
  const isOpen = variant === 'C' || (settings.gate === 'gains' && effect < 0);
  const gate = isOpen ? 1 : label;
  const total = alpha * effect * gate + lambda * label + gamma * format;
  return { improvement, label, format, total };
}

/** R_f and its parts for every feedback of a game. */
export function gameFeedbackRewards(game: Game, settings: RewardSettings, stage: Stage): FeedbackRewards[] {
  return game.feedbacks.map((_, round) => feedbackRewards(situationOf(game, round), settings, stage));
}
