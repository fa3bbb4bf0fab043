import { expect, it } from 'vitest';
import fc from 'fast-check';
import { wilson } from '../../src/statistics/wilson';

// The first four rows: Newcombe (1998), Statistics in Medicine 17, Table I, method 3.
it.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
  [5, 10, 0.2366, 0.7634],
  [29, 29, 0.883, 1],
])('%i of %i', (successes, n, low, high) => {
  const interval = wilson(successes, n);
  expect(interval[0]).toBeCloseTo(low, 4);
  expect(interval[1]).toBeCloseTo(high, 4);
});

it('knows nothing of nothing', () => {
  expect(wilson(0, 0)).toEqual([0, 1]);
});

it('holds the rate, stays in [0, 1] and mirrors', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
      const successes = Math.round(n * share);
      const [low, high] = wilson(successes, n);
      const [mirrorLow, mirrorHigh] = wilson(n - successes, n);
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
      expect(low).toBeLessThanOrEqual(successes / n);
      expect(high).toBeGreaterThanOrEqual(successes / n);
      expect(low).toBeCloseTo(1 - mirrorHigh, 10);
      expect(high).toBeCloseTo(1 - mirrorLow, 10);
    }),
  );
});
