import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/random/philox';
import { meanOverSeeds } from '../../src/statistics/bootstrap';
import { normal } from './normal';

const rates = (minLength: number, maxLength: number) =>
  fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength, maxLength });

describe('the mean over seeds', () => {
  it('has no interval where no spread is known', () => {
    expect(meanOverSeeds([])).toEqual({ n: 0, mean: NaN, interval: null });
    expect(meanOverSeeds([0.25])).toEqual({ n: 1, mean: 0.25, interval: null });
  });

  it('has the range of two or three seeds for its interval', () => {
    expect(meanOverSeeds([0.5, 0.25])).toEqual({ n: 2, mean: 0.375, interval: [0.25, 0.5] });
    // One resample of 27 is the smallest value thrice: 3.7%, more than a tail.
    expect(meanOverSeeds([1, 8, 3])).toEqual({ n: 3, mean: 4, interval: [1, 8] });
  });

  // Resamples of one 1 among n values hold Binomial(n, 1/n) ones.
  it.each([
    // Four ones: 0.4%. Three or more: 5.1%. None: 31.6%.
    [4, 0.75],
    // Four or more: 0.7%. Three or more: 5.8%. None: 32.8%.
    [5, 0.6],
    // Drawn. Four or more: 1.3%. Three or more: 7.0%. None: 34.9%.
    [10, 0.3],
  ])('follows the binomial distribution for one 1 among %i', (n, high) => {
    const { mean, interval } = meanOverSeeds([1, ...new Array<number>(n - 1).fill(0)]);
    expect(mean).toBeCloseTo(1 / n, 12);
    expect(interval![0]).toBe(0);
    expect(interval![1]).toBeCloseTo(high, 12);
  });

  it('has, drawn, nearly the interval of all resamples', () => {
    const values = [0.011, 0.016, 0.02, 0.031, 0.042, 0.115];
    const means = values.reduce<number[]>(
      (sums) => sums.flatMap((sum) => values.map((value) => sum + value / values.length)),
      [0],
    );
    means.sort((a, b) => a - b);
    const beyond = Math.ceil(0.025 * means.length);
    const [low, high] = meanOverSeeds(values).interval!;
    expect(Math.abs(low - means[beyond - 1])).toBeLessThan(5e-4);
    expect(Math.abs(high - means[means.length - beyond])).toBeLessThan(2e-3);
  });

  it('is the same at every call, and in every order of the seeds', () => {
    fc.assert(
      fc.property(rates(1, 7), fc.nat(), (values, seed) => {
        expect(meanOverSeeds(new Random(seed, 'prompts').shuffle(values))).toEqual(meanOverSeeds(values));
      }),
      { numRuns: 30 },
    );
  });

  it('holds the mean, within the range of the values, and turns round with them', () => {
    fc.assert(
      fc.property(rates(2, 5), (values) => {
        const { mean, interval } = meanOverSeeds(values);
        const [low, high] = interval!;
        expect(low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-12);
        expect(low).toBeLessThanOrEqual(mean + 1e-12);
        expect(high).toBeGreaterThanOrEqual(mean - 1e-12);
        expect(high).toBeLessThanOrEqual(Math.max(...values) + 1e-12);
        const [turnedLow, turnedHigh] = meanOverSeeds(values.map((value) => 1 - value)).interval!;
        expect(turnedLow).toBeCloseTo(1 - high, 12);
        expect(turnedHigh).toBeCloseTo(1 - low, 12);
      }),
    );
  });
});

// What the docstring says of coverage. Bounds are four standard errors around it.
it.each([
  [2, 4000, 0.5],
  [3, 4000, 0.75],
  [4, 4000, 0.795],
  [5, 1500, 0.837],
  [10, 300, 0.902],
  [20, 150, 0.94],
])('of %i normal seeds holds the mean as often as it says', (n, experiments, stated) => {
  const random = new Random(1, 'evaluation', [n, 0, 0]);
  let held = 0;
  for (let experiment = 0; experiment < experiments; experiment++) {
    const [low, high] = meanOverSeeds(Array.from({ length: n }, () => normal(random))).interval!;
    if (low <= 0 && 0 <= high) held++;
  }
  const error = Math.sqrt((stated * (1 - stated)) / experiments);
  expect(Math.abs(held / experiments - stated)).toBeLessThan(4 * error);
});
