import type { Feedback, FeedbackFlags } from '../../task/feedback-format';
import { readFeedback } from '../../task/feedback-json';

const lights = ['red', 'green'];
const advice = ['go', 'wait'];

/** Feedback with a light or nothing as reasoning and a word of advice or none; null otherwise. */
export function parseFeedback(text: string): Feedback | null {
  const found = readFeedback(text);
  return found && ['', ...lights].includes(found.reasoning) && ['', ...advice].includes(found.feedback) ? found : null;
}

/** Advice that follows from the flags alone. */
export function template({ unsafe, overrefuse }: FeedbackFlags): string {
  return unsafe ? 'wait' : overrefuse ? 'go' : '';
}
