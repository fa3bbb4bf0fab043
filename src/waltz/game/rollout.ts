import type { Feedback } from '../../task/feedback-format';
import type { Verdict } from '../../task/judge';
import type { Prompt } from '../../task/prompt';

/** The seven ends that a rollout can have (docs/algorithm.md): exactly one each. */
export const outcomes = ['improved', 'unmoved', 'spoiled', 'false-alarm', 'missed', 'untouched', 'unparsed'] as const;
export type Outcome = (typeof outcomes)[number];

/** An answer c_t with the judge's verdict. `advantage` is the mean over its tokens, null if it was not in the update. */
export interface AnswerTurn {
  text: string;
  verdict: Verdict;
  advantage: number | null;
  /** Character ranges of `text` to mark. */
  spans: readonly Span[];
}

export interface Span {
  start: number;
  end: number;
  kind: 'unsafe' | 'repaired';
}

/** A feedback f_t on answer c_t. */
export interface FeedbackTurn {
  /** The raw text, whether or not it parses. */
  text: string;
  parsed: Feedback | null;
  rewards: FeedbackRewards;
  advantage: number | null;
}

export interface FeedbackRewards {
  /** R_DIR: the next answer's reward less this one's; 0 where there was no next answer. */
  improvement: number;
  label: 0 | 1;
  format: 0 | 1;
  /** R_f = α·R_DIR·R_label + λ·R_label + γ·R_format, or the variant's sum. */
  total: number;
}

/** One dance: answers c_0 … c_T and feedbacks f_0 …; `answers` has one more entry than there were revisions. */
export interface Rollout {
  index: number;
  prompt: Prompt;
  answers: AnswerTurn[];
  feedbacks: FeedbackTurn[];
  outcome: Outcome;
}
