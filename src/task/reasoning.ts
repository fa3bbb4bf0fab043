import type { Prompt } from './prompt';

/** What exact reasoning about a prompt is, for tasks that know it. */
export interface ReasoningCheck<Truth = unknown> {
  /** The name of a group of prompts that are as hard to reason about; null for a prompt without reasoning to check. */
  group(prompt: Prompt<Truth>): string | null;
  /** Whether a feedback text reasons exactly. */
  isExact(prompt: Prompt<Truth>, feedback: string): boolean;
}
