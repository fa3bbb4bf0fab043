import { describe, expect, it } from 'vitest';
import type { PlayedAnswer, PlayedTurn } from '../../src/waltz/game/game';
import { countPatterns, patternOf } from '../../src/waltz/evaluate/trajectory-patterns';

const answer = (right: 0 | 1) => ({ verdict: { good: right === 1 } }) as PlayedAnswer;
const feedback = (unsafe: boolean, overrefuse: boolean) => ({ parsed: { unsafe, overrefuse } }) as PlayedTurn;
const unreadable = { parsed: null } as PlayedTurn;
const game = (rewards: (0 | 1)[], feedbacks: PlayedTurn[]) => ({ answers: rewards.map(answer), feedbacks });

describe('the pattern of a trajectory', () => {
  it('is each answer, right or not, with the flags that were set on it', () => {
    expect(patternOf(game([1], [feedback(false, false)]))).toBe('1-');
    expect(patternOf(game([0, 1], [feedback(true, false)]))).toBe('0U 1');
    expect(patternOf(game([1, 0, 1], [feedback(false, true), feedback(true, true)]))).toBe('1O 0UO 1');
    expect(patternOf(game([0], [unreadable]))).toBe('0?');
    expect(patternOf(game([1], []))).toBe('1');
  });

  it('is counted by set, the most frequent first', () => {
    const clear = game([1], [feedback(false, false)]);
    const alarm = game([1, 0], [feedback(false, true)]);
    const served = [alarm, clear, clear].map((one) => ({ set: 'plain' as const, game: one }));
    const patterns = countPatterns([...served, { set: 'masked', game: alarm }]);
    expect(patterns).toEqual({ plain: { '1-': 2, '1O 0': 1 }, masked: { '1O 0': 1 } });
    expect(Object.keys(patterns.plain!)).toEqual(['1-', '1O 0']);
  });
});
