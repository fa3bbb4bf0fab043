import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dominated, dominates, hypervolume, paretoFront } from '../../src/statistics/pareto';
import type { Point } from '../../src/statistics/point';

const REFERENCE: Point = [10, 10];
/** Small integers, so that ties, duplicates and points beyond the reference are frequent. */
const place = fc.integer({ min: 0, max: 12 });
const point = fc.tuple(place, place);
const points = fc.array(point, { maxLength: 12 });

describe('dominance', () => {
  it('wants no coordinate worse and one better', () => {
    expect(dominates([1, 2], [2, 3])).toBe(true);
    expect(dominates([1, 2], [1, 3])).toBe(true);
    expect(dominates([1, 2], [2, 2])).toBe(true);
    expect(dominates([1, 2], [1, 2])).toBe(false);
    expect(dominates([1, 2], [2, 1])).toBe(false);
  });

  it('is known of every point', () => {
    expect(dominated([])).toEqual([]);
    expect(
      dominated([
        [2, 3],
        [1, 4],
        [2, 4],
        [2, 3],
        [5, 5],
      ]),
    ).toEqual([false, false, true, false, true]);
  });
});

describe('the front', () => {
  it('is sorted, with all equal points', () => {
    expect(paretoFront([])).toEqual([]);
    expect(
      paretoFront([
        [3, 1],
        [1, 4],
        [2, 2],
        [2, 3],
        [1, 4],
      ]),
    ).toEqual([1, 4, 2, 0]);
  });

  it('descends, dominates all the rest, and nothing of it is dominated', () => {
    fc.assert(
      fc.property(points, (all) => {
        const front = paretoFront(all);
        const isDominated = dominated(all);
        expect(front.toSorted((i, j) => i - j)).toEqual(all.map((_, i) => i).filter((i) => !isDominated[i]));
        front.slice(1).forEach((i, k) => {
          const before = all[front[k]];
          expect(all[i][0]).toBeGreaterThanOrEqual(before[0]);
          expect(all[i][1]).toBeLessThanOrEqual(before[1]);
        });
        all.forEach((each, i) => {
          if (isDominated[i]) expect(front.some((k) => dominates(all[k], each))).toBe(true);
        });
      }),
    );
  });
});

describe('hypervolume', () => {
  it.each<[string, string, number]>([
    ['nothing', '', 0],
    ['one point', '2,7', 8 * 3],
    ['a staircase, with a point behind it and a duplicate', '4,1 2,7 1,9 5,8 2,7', 9 * 1 + 8 * 2 + 6 * 6],
    ['points on and beyond the reference', '10,0 0,10 11,1 3,12', 0],
    ['a tie in one coordinate', '2,5 2,3', 8 * 7],
  ])('of %s', (_, text, area) => {
    const all = [...text.matchAll(/(\d+),(\d+)/g)].map(([, x, y]) => [Number(x), Number(y)] as const);
    expect(hypervolume(all, REFERENCE)).toBe(area);
  });

  it('counts the unit squares that some point is at least as good as', () => {
    fc.assert(
      fc.property(points, (all) => {
        let squares = 0;
        for (let x = 0; x < REFERENCE[0]; x++) {
          for (let y = 0; y < REFERENCE[1]; y++) if (all.some((p) => p[0] <= x && p[1] <= y)) squares++;
        }
        expect(hypervolume(all, REFERENCE)).toBe(squares);
      }),
    );
  });

  it('does not change with a dominated point, and grows with one that nothing equals or dominates', () => {
    fc.assert(
      fc.property(points, point, (all, added) => {
        const before = hypervolume(all, REFERENCE);
        const after = hypervolume([...all, added], REFERENCE);
        const inside = added[0] < REFERENCE[0] && added[1] < REFERENCE[1];
        if (inside && !all.some((p) => p[0] <= added[0] && p[1] <= added[1])) expect(after).toBeGreaterThan(before);
        else expect(after).toBe(before);
      }),
    );
  });

  it('does not depend on the order of the points, nor on which coordinate is first', () => {
    fc.assert(
      fc.property(points, (all) => {
        const area = hypervolume(all, REFERENCE);
        expect(hypervolume(all.toReversed(), REFERENCE)).toBe(area);
        expect(
          hypervolume(
            all.map(([x, y]) => [y, x] as const),
            REFERENCE,
          ),
        ).toBe(area);
      }),
    );
  });
});
