/**
 * Points of which less is better in both coordinates. Dominance, front and hypervolume are those of Zitzler and Thiele,
 * "Multiobjective evolutionary algorithms" (IEEE Transactions on Evolutionary Computation 3, 1999). Coordinates are
 * numbers, never NaN: what was not measured has no place in the plane.
 */
import type { Point } from './point';

/** Whether `a` is no worse than `b` in both coordinates and better in one. Equal points do not dominate each other. */
export function dominates(a: Point, b: Point): boolean {
  return a[0] <= b[0] && a[1] <= b[1] && (a[0] < b[0] || a[1] < b[1]);
}

/** For each point, whether any other dominates it. */
export function dominated(points: readonly Point[]): boolean[] {
  return points.map((point) => points.some((other) => dominates(other, point)));
}

/**
 * Indices of the points that none dominates, by ascending first coordinate, so by descending second. Equal points are
 * all there, in the order given.
 */
export function paretoFront(points: readonly Point[]): number[] {
  const isDominated = dominated(points);
  return points
    .map((_, i) => i)
    .filter((i) => !isDominated[i])
    .sort((i, j) => points[i][0] - points[j][0]);
}

/**
 * Hypervolume indicator: the area between the points and the reference, every place of which some point is at least as good
 * as. Larger is better. A point that is not better than the reference in both coordinates has no area. Only values with
 * the same reference can be compared; (1, 1), the worst rates, is one that no method can be beyond.
 */
export function hypervolume(points: readonly Point[], reference: Point): number {
  const [right, top] = reference;
  const inside = points.filter(([x, y]) => x < right && y < top);
  let area = 0;
  let ceiling = top;
  // Each point of the front adds the strip below its predecessor.
  for (const i of paretoFront(inside)) {
    const [x, y] = inside[i];
    area += (right - x) * (ceiling - y);
    ceiling = y;
  }
  return area;
}
