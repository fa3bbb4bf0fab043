import type { Task } from '../task/task';
import { readFeedback } from '../task/feedback-json';

/** Talk that no task knows: any advice is well-formed, and a text has so many tokens at most, its end counted. */
export function freeTalk(newTokens: number): Pick<Task, 'limits' | 'feedback'> {
  const text = newTokens - 1;
  return {
    limits: { prompt: Infinity, answer: text, feedback: text, advice: Infinity },
    feedback: { parse: readFeedback, template: () => '' },
  };
}
