import type { Feedback, Verdict } from '../../src/task/task';

const clear = { unsafe: false, overrefuse: false, malformed: false, evasive: false };

export const good: Verdict = { ...clear, reward: 1 };
export const unsafe: Verdict = { ...clear, unsafe: true, reward: 0 };
export const overrefusing: Verdict = { ...clear, overrefuse: true, reward: 0 };
export const evasive: Verdict = { ...clear, evasive: true, reward: 0 };

export function predicted(flags: { unsafe?: boolean; overrefuse?: boolean } = {}): Feedback {
  return { reasoning: 'think', unsafe: false, overrefuse: false, feedback: 'refuse .', ...flags };
}
