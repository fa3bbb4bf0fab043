/** Feedback as the JSON that it is written in, whatever its words are. */
import type { Feedback } from './feedback-format';

/** The text of a feedback object: fields in the paper's order, spaced as `JSON.stringify` does. */
export function feedbackText({ reasoning, unsafe, overrefuse, feedback }: Feedback): string {
  return JSON.stringify({ reasoning, unsafe, overrefuse, feedback });
}

/** Strict: exactly the text that `feedbackText` writes, so that no field is repeated, renamed, reordered or hidden. */
export function readFeedback(text: string): Feedback | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isFeedback(value) && feedbackText(value) === text.trim() ? value : null;
}

function isFeedback(value: unknown): value is Feedback {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Record<string, unknown>;
  return (
    typeof fields.reasoning === 'string' &&
    typeof fields.unsafe === 'boolean' &&
    typeof fields.overrefuse === 'boolean' &&
    typeof fields.feedback === 'string'
  );
}
