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
  /** How likely the judge holds it that the answer complies; left out where it only says yes or no. */
  complies?: number;
  /** The judge cannot tell of such prompts: no rate counts the answer. */
  unjudged?: true;
}

/** An answer to be judged. */
export interface JudgedItem<Truth = unknown> {
  prompt: Prompt<Truth>;
  answer: string;
}

export interface JudgeOptions {
  /** Whoever raises it is not waiting for the verdicts any more: the judge throws its reason. */
  signal?: AbortSignal;
  /** Told of each verdict as soon as it is there, also where a later one cannot be had. */
  found?: (at: number, verdict: Verdict) => void;
}

/** Judges answers in batches; it may be slow or remote. Order is kept. */
export interface Judge<Truth = unknown> {
  judge(items: readonly JudgedItem<Truth>[], options?: JudgeOptions): Promise<Verdict[]>;
}
