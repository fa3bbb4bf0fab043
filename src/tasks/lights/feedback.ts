import type { Feedback, FeedbackFlags } from '../../task/feedback-format';

const lights = ['red', 'green'];
const advice = ['go', 'wait'];

/** Null unless the text is exactly what `feedbackText` writes, with a light or nothing as reasoning and a word of advice or none. */
export function parseFeedback(text: string): Feedback | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { reasoning, unsafe, overrefuse, feedback } = value as Record<string, unknown>;
  if (typeof unsafe !== 'boolean' || typeof overrefuse !== 'boolean') return null;
  const found = { reasoning: wordOf(lights, reasoning), unsafe, overrefuse, feedback: wordOf(advice, feedback) };
  return feedbackText(found) === text.trim() ? found : null;
}

/** The text of a feedback object. */
export function feedbackText({ reasoning, unsafe, overrefuse, feedback }: Feedback): string {
  return JSON.stringify({ reasoning, unsafe, overrefuse, feedback });
}

/** Advice that follows from the flags alone. */
export function template({ unsafe, overrefuse }: FeedbackFlags): string {
  return unsafe ? 'wait' : overrefuse ? 'go' : '';
}

const wordOf = (words: readonly string[], value: unknown): string => words.find((word) => word === value) ?? '';
