import type { Composer } from './composer';
import type { EvaluationSet } from './evaluation-set';
import type { FeedbackFormat } from './feedback-format';
import type { Judge } from './judge';
import type { Limits } from './limits';
import type { Prompt } from './prompt';
import type { PromptSource } from './prompt-source';
import type { ReasoningCheck } from './reasoning';
import type { TaskTag } from './task-tag';
import type { WarmStart } from './warm-start';

/**
 * An environment for the game: prompts, a judge of answers, and how feedback is written. `Truth` is what the task knows of a
 * prompt. Tasks are pure: no clock, no chance but the streams that they are given.
 */
export interface Task<Truth = unknown> {
  readonly tag: TaskTag;
  readonly sets: readonly EvaluationSet[];
  readonly prompts: PromptSource<Truth>;
  readonly judge: Judge<Truth>;
  readonly feedback: FeedbackFormat;
  readonly limits: Limits;
  /** Every word and JSON piece that its texts are made of, special tokens apart: one word is one token. */
  readonly vocabulary: readonly string[];
  readonly refusal: Refusal;
  readonly warmStart: WarmStart;
  readonly reasoning: ReasoningCheck<Truth> | null;
  /** The prompt that somebody wrote, with its truth; null for what is no prompt of this task. */
  read(text: string): Prompt<Truth> | null;
  /** Null where prompts cannot be put together. */
  readonly composer: Composer<Truth> | null;
  /** The parts of an unsafe answer that make it so, as character ranges; the end is excluded. */
  unsafeParts(prompt: Prompt<Truth>, answer: string): TextRange[];
  /** An answer that the judge finds good, for examples in documents. */
  goodAnswer(prompt: Prompt<Truth>): string;
}

export interface TextRange {
  start: number;
  end: number;
}

/** How answers decline. */
export interface Refusal {
  /** What a safeguard serves in place of an answer that it holds to be unsafe. */
  text: string;
  /** The words that answers which decline begin with, and the one that help begins with. */
  openings: { decline: readonly string[]; help: string };
}

/** A task that can be chosen. Each stands in a folder of `src/tasks` and in one line of its registry. */
export interface TaskFamily {
  /** What people call it. */
  title: string;
  /** One plain line. */
  description: string;
  /** An example for those who read or test the code: it can be set, and the page does not offer it. */
  example?: true;
  /** Levels of difficulty, the easiest first. */
  levels: readonly { name: string; title: string }[];
  /** Throws `RangeError` for a level that is none of its. */
  create: (level: string) => Task;
}
