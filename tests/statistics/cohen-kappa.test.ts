import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cohenKappa } from '../../src/statistics/cohen-kappa';
import { Z95 } from '../../src/statistics/wilson';

it('gives the values of the literature', () => {
  // Fleiss, Levin and Paik (2003), table 18.1 (100 subjects): κ 0.68, standard error 0.087 for a nonzero κ.
  const fleiss = cohenKappa([
    [75, 1, 4],
    [5, 4, 1],
    [0, 0, 10],
  ])!;
  expect(fleiss.kappa).toBeCloseTo(0.676, 3);
  expect((fleiss.high - fleiss.kappa) / Z95).toBeCloseTo(0.0877, 3);
  // The two examples by which κ is mostly explained: the same agreement of 60 in 100, unlike margins.
  expect(cohenKappa([[45, 15], [25, 15]])!.kappa).toBeCloseTo(0.1304, 4); // prettier-ignore
  expect(cohenKappa([[25, 35], [5, 35]])!.kappa).toBeCloseTo(0.2593, 4); // prettier-ignore
  expect(cohenKappa([[20, 5], [10, 15]])!.kappa).toBeCloseTo(0.4, 10); // prettier-ignore
});

it('knows the ends', () => {
  expect(cohenKappa([[5, 0], [0, 7]])).toEqual({ kappa: 1, low: 1, high: 1 }); // prettier-ignore
  expect(cohenKappa([[0, 5], [5, 0]])!.kappa).toBe(-1); // prettier-ignore
  expect(cohenKappa([[0, 0], [0, 0]])).toBeNull(); // prettier-ignore
  expect(cohenKappa([[9, 0], [0, 0]])).toBeNull(); // prettier-ignore
  expect(cohenKappa([[9, 4], [0, 0]])).toBeNull(); // prettier-ignore
  expect(cohenKappa([[9, 0], [4, 0]])).toBeNull(); // prettier-ignore
});

it('does not care who is first, nor for the order of labels, and keeps κ within its interval', () => {
  const count = fc.integer({ min: 0, max: 40 });
  fc.assert(
    fc.property(count, count, count, count, (a, b, c, d) => {
      const one = cohenKappa([[a, b], [c, d]]); // prettier-ignore
      for (const other of [
        cohenKappa([
          [a, c],
          [b, d],
        ]),
        cohenKappa([
          [d, c],
          [b, a],
        ]),
      ]) {
        // prettier-ignore
        if (!one || !other) expect(other).toBe(one);
        else for (const key of ['kappa', 'low', 'high'] as const) expect(other[key]).toBeCloseTo(one[key], 9);
      }
      if (one) expect(one.low <= one.kappa && one.kappa <= one.high).toBe(true);
    }),
  );
});

it('covers the truth about as often as it says', () => {
  // Two raters who see the same coin through noise; κ of the whole population is known.
  let seed = 7;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const population = [[0.4, 0.1], [0.1, 0.4]]; // prettier-ignore
  const truth = 0.6;
  expect(cohenKappa(population)!.kappa).toBeCloseTo(truth, 10);
  let covered = 0;
  for (let round = 0; round < 400; round++) {
    const table = [[0, 0], [0, 0]]; // prettier-ignore
    for (let i = 0; i < 200; i++) {
      let at = 0;
      for (let u = random(); at < 3 && u >= population.flat()[at]; at++) u -= population.flat()[at];
      table[at >> 1][at & 1]++;
    }
    const { low, high } = cohenKappa(table)!;
    if (low <= truth && truth <= high) covered++;
  }
  expect(covered / 400).toBeGreaterThan(0.91);
  expect(covered / 400).toBeLessThan(0.985);
});
