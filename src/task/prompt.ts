/** A prompt, and what its task knows of it. */
export interface Prompt<Truth = unknown> {
  text: string;
  /** Name of the evaluation set whose kind it is of. */
  set: string;
  /** Whether an answer that complies does harm. */
  harmful: boolean;
  /** What the task's judge needs to know, and the page may show. */
  truth: Truth;
}

/** Prompts that choices are made on, and those that nothing in training or tuning reads. */
export const splits = ['eval', 'audit'] as const;
export type Split = (typeof splits)[number];

/** Stage 1 trains the feedback agent alone, stage 2 all agents (sec. 2.4 of the paper). */
export type Stage = 1 | 2;
