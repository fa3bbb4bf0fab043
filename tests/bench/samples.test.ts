import { expect, test } from 'vitest';
import { rotated, summarize } from '../../bench/samples';

test('a summary keeps every sample in its order', () => {
  expect(summarize([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3, all: [3, 1, 2] });
  expect(summarize([4, 1, 2, 3]).median).toBe(2.5);
});

test('everyone begins once', () => {
  const names = ['a', 'b', 'c'];
  expect([0, 1, 2, 3].map((round) => rotated(names, round).join(''))).toEqual(['abc', 'bca', 'cab', 'abc']);
});
