import { expect, test } from 'vitest';
import { leastMilliseconds } from '../../src/gpu/stopwatch';

/** Keeps the processor busy for so many milliseconds a repetition, and notes how often it was asked to. */
function busy(milliseconds: number, calls: [name: string, times: number][], name: string) {
  return (times: number) => {
    calls.push([name, times]);
    const until = performance.now() + milliseconds * times;
    while (performance.now() < until);
    return Promise.resolve();
  };
}

test('all are measured in turns, as often as lets the first one last', async () => {
  const calls: [string, number][] = [];
  const least = await leastMilliseconds([busy(3, calls, 'one'), busy(6, calls, 'other')], { lasting: 10, most: 64 });
  // 3 and 6 milliseconds are too short, 12 are enough.
  expect(calls.slice(0, 3)).toEqual([
    ['one', 1],
    ['one', 2],
    ['one', 4],
  ]);
  const turn = [
    ['one', 4],
    ['other', 4],
  ];
  expect(calls.slice(3)).toEqual([...turn, ...turn, ...turn]);
  expect(least[0]).toBeGreaterThanOrEqual(3);
  expect(least[1]).toBeGreaterThanOrEqual(6);
});

test('no more repetitions than are allowed, one where that is long', async () => {
  const calls: [string, number][] = [];
  await leastMilliseconds([busy(0, calls, 'short')], { lasting: 1000, most: 6 });
  expect(Math.max(...calls.map(([, times]) => times))).toBe(4);
  const long: typeof calls = [];
  await leastMilliseconds([busy(20, long, 'long')], { lasting: 10, most: 64 });
  expect(long.every(([, times]) => times === 1)).toBe(true);
});
