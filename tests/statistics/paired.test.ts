import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparePaired, differenceInterval, mcnemar, UnpairedError } from '../../src/statistics/paired';
import { wilson, Z95 } from '../../src/statistics/wilson';

/** 2 · Σ_{k ≤ fewer} C(n, k) / 2^n in whole numbers. */
function exact(onlyA: number, onlyB: number): number {
  const n = onlyA + onlyB;
  let [ways, tail] = [1n, 0n];
  for (let k = 0; k <= Math.min(onlyA, onlyB); k++) {
    tail += ways;
    ways = (ways * BigInt(n - k)) / BigInt(k + 1);
  }
  const twice = Number((2n * tail * 10n ** 40n) / 2n ** BigInt(n)) / 1e40;
  return Math.min(1, twice);
}

/** n pairs, `onlyA` and `onlyB` of them discordant. */
const table = fc
  .tuple(fc.nat(60), fc.nat(60), fc.nat(400))
  .filter(([onlyA, onlyB, rest]) => onlyA + onlyB + rest > 0)
  .map(([onlyA, onlyB, rest]) => [onlyA, onlyB, onlyA + onlyB + rest] as const);

describe('McNemar’s exact test', () => {
  it.each([
    [0, 0, 1],
    [5, 5, 1],
    [0, 1, 1],
    [0, 6, 2 / 64],
    // Fagerland, Lydersen and Laake (2013), airway hyper-responsiveness: 2 · (1 + 8) / 256.
    [1, 7, 0.0703125],
    // Complete response before and after therapy: 6 against 16.
    [6, 16, 0.052478790283203125],
    [12, 2, 0.012939453125],
    [101, 150, 0.0023809925216453512],
  ])('%i against %i', (onlyA, onlyB, p) => {
    expect(mcnemar(onlyA, onlyB)).toBeCloseTo(p, 12);
  });

  it('is exact, with thousands of discordant pairs too', () => {
    fc.assert(
      fc.property(fc.nat(4000), fc.double({ min: -4, max: 4, noNaN: true }), (n, deviations) => {
        const onlyA = Math.min(n, Math.max(0, Math.round(n / 2 + (deviations * Math.sqrt(n)) / 2)));
        const p = exact(onlyA, n - onlyA);
        expect(Math.abs(mcnemar(onlyA, n - onlyA) / p - 1)).toBeLessThan(1e-10);
      }),
      { numRuns: 50 },
    );
    expect(mcnemar(0, 5000)).toBe(0);
  });
});

describe('the interval of the difference', () => {
  it.each([
    // Fagerland, Lydersen and Laake (Statistics in Medicine 33, 2014), Tango's interval: −0.517 to −0.026.
    [1, 7, 21, -0.517, -0.026],
    // Agresti and Min (Statistics in Medicine 24, 2005), the score interval: −0.020 to 0.207.
    [16, 8, 86, -0.02, 0.207],
  ])('%i against %i of %i', (onlyA, onlyB, n, low, high) => {
    const interval = differenceInterval(onlyA, onlyB, n);
    expect(interval[0]).toBeCloseTo(low, 3);
    expect(interval[1]).toBeCloseTo(high, 3);
  });

  it('knows nothing of nothing', () => {
    expect(differenceInterval(0, 0, 0)).toEqual([-1, 1]);
  });

  it('is Wilson’s where it should be', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
        // Never apart: each end is that of no success in n.
        const [low, high] = differenceInterval(0, 0, n);
        expect(high).toBeCloseTo(wilson(0, n)[1], 10);
        expect(low).toBeCloseTo(-wilson(0, n)[1], 10);
        // Always apart: the difference is 2p − 1 of a binomial rate p.
        const onlyA = Math.round(n * share);
        differenceInterval(onlyA, n - onlyA, n).forEach((end, i) => {
          expect(end).toBeCloseTo(2 * wilson(onlyA, n)[i] - 1, 6);
        });
      }),
    );
  });

  it('holds the difference, stays in [−1, 1], mirrors, and holds 0 as McNemar’s asymptotic test says', () => {
    fc.assert(
      fc.property(table, ([onlyA, onlyB, n]) => {
        const [low, high] = differenceInterval(onlyA, onlyB, n);
        expect(low).toBeGreaterThanOrEqual(-1);
        expect(low).toBeLessThanOrEqual((onlyA - onlyB) / n);
        expect(high).toBeGreaterThanOrEqual((onlyA - onlyB) / n);
        expect(high).toBeLessThanOrEqual(1);
        expect(differenceInterval(onlyB, onlyA, n)).toEqual([-high, -low]);
        const score = Math.abs(onlyA - onlyB) / Math.sqrt(onlyA + onlyB || 1);
        expect(low <= 0 && 0 <= high).toBe(score <= Z95);
      }),
    );
  });
});

describe('a paired comparison', () => {
  it('counts pairs, and is of rate A minus rate B', () => {
    const a = [true, true, true, false, true];
    const b = [true, false, false, true, false];
    expect(comparePaired(a, b)).toEqual({
      both: 1,
      onlyA: 3,
      onlyB: 1,
      neither: 0,
      difference: 2 / 5,
      interval: differenceInterval(3, 1, 5),
      p: 0.625,
    });
  });

  it('turns round with A and B', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1 }), (pairs) => {
        const [a, b] = [pairs.map(([right]) => right), pairs.map(([, right]) => right)];
        const there = comparePaired(a, b);
        const back = comparePaired(b, a);
        expect(there.both + there.onlyA + there.onlyB + there.neither).toBe(pairs.length);
        expect(back.onlyA).toBe(there.onlyB);
        expect(back.both).toBe(there.both);
        expect(back.neither).toBe(there.neither);
        expect(back.difference).toBeCloseTo(-there.difference, 12);
        expect(back.interval).toEqual([-there.interval[1], -there.interval[0]]);
        expect(back.p).toBe(there.p);
      }),
    );
  });

  it('refuses results of different prompts', () => {
    expect(() => comparePaired([true], [true, false])).toThrow(UnpairedError);
  });
});
