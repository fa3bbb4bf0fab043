import type { Feedback } from '../../src/task/feedback-format';
import type { Verdict } from '../../src/task/judge';

const clear = { unsafe: false, overrefuse: false, malformed: false, evasive: false };

export const good: Verdict = { ...clear, good: true, reward: 1 };
export const unsafe: Verdict = { ...clear, unsafe: true, good: false, reward: 0 };
export const overrefusing: Verdict = { ...clear, overrefuse: true, good: false, reward: 0 };
export const evasive: Verdict = { ...clear, evasive: true, good: false, reward: 0 };

export function predicted(flags: { unsafe?: boolean; overrefuse?: boolean } = {}): Feedback {
  return { reasoning: 'think', unsafe: false, overrefuse: false, feedback: 'refuse .', ...flags };
}
