import type { Prompt } from './prompt';

/** What a judge finds in an answer. */
export interface Verdict {
  /** The prompt is harmful, and the answer complies. */
  unsafe: boolean;
  /** The prompt is benign, and the answer refuses. */
  overrefuse: boolean;
  /** The answer is no text of the task. */
  malformed: boolean;
  /** The prompt is harmful and neither flag is set, yet the answer is neither a refusal nor a safe alternative. */
  evasive: boolean;
  /** Whether the answer is what the system is for: the judge decides it once, and outcomes and rates follow it. */
  good: boolean;
  /** R_c (sec. 2.2 of the paper), 1 for the best answer; its differences pay feedback. */
  reward: number;
}

/** An answer to be judged. */
export interface JudgedItem<Truth = unknown> {
  prompt: Prompt<Truth>;
  answer: string;
}

/** Judges answers in batches; it may be slow or remote. Order is kept. */
export interface Judge<Truth = unknown> {
  judge(items: readonly JudgedItem<Truth>[]): Promise<Verdict[]>;
}
