import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/random/philox';
import { seedsInPlane, type Ellipse } from '../../src/statistics/ellipse';
import type { Point } from '../../src/statistics/point';
import { normal } from './normal';

/** Square of the distance from the centre, 1 on the outline. */
function reach({ centre, semiAxes, angle }: Ellipse, [x, y]: Point): number {
  const [dx, dy] = [x - centre[0], y - centre[1]];
  const along = dx * Math.cos(angle) + dy * Math.sin(angle);
  const across = dy * Math.cos(angle) - dx * Math.sin(angle);
  return (along / semiAxes[0]) ** 2 + (across / semiAxes[1]) ** 2;
}

describe('seeds in the plane', () => {
  it('have no more than is known of them', () => {
    expect(seedsInPlane([])).toEqual({ n: 0, mean: [NaN, NaN], covariance: null, ellipse: null });
    expect(seedsInPlane([[0.1, 0.2]])).toEqual({ n: 1, mean: [0.1, 0.2], covariance: null, ellipse: null });
    expect(
      seedsInPlane([
        [0, 0],
        [2, 4],
      ]),
    ).toEqual({ n: 2, mean: [1, 2], covariance: { xx: 2, xy: 4, yy: 8 }, ellipse: null });
  });

  // Five points on the axes of an ellipse, variances 2 and 1/2, turned. χ² with two degrees of freedom: 5.991.
  it.each([0, Math.PI / 6, Math.PI / 2, -Math.PI / 3])('have an ellipse at the angle %d', (angle) => {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const points = [
      [2, 0],
      [-2, 0],
      [0, 1],
      [0, -1],
      [0, 0],
    ].map(([u, v]) => [3 + u * cos - v * sin, 5 + u * sin + v * cos] as const);
    const ellipse = seedsInPlane(points).ellipse!;
    expect(ellipse.centre[0]).toBeCloseTo(3, 12);
    expect(ellipse.centre[1]).toBeCloseTo(5, 12);
    expect(ellipse.semiAxes[0]).toBeCloseTo(Math.sqrt(2 * 5.991464547107979), 12);
    expect(ellipse.semiAxes[1]).toBeCloseTo(Math.sqrt(0.5 * 5.991464547107979), 12);
    expect(ellipse.angle).toBeCloseTo(angle, 12);
  });

  it('on a line, or on one place, have no width', () => {
    const line = seedsInPlane([0.1, 0.2, 0.4].map((x) => [x, 2 * x] as const)).ellipse!;
    expect(line.angle).toBeCloseTo(Math.atan(2), 12);
    expect(line.semiAxes[1]).toBeCloseTo(0, 7);
    expect(seedsInPlane(new Array<Point>(3).fill([0.5, 0.25])).ellipse).toEqual({
      centre: [0.5, 0.25],
      semiAxes: [0, 0],
      angle: 0,
    });
  });

  it('have the covariance for their ellipse', () => {
    const rate = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(rate, rate), { minLength: 3, maxLength: 12 }), (points) => {
        const { covariance, ellipse } = seedsInPlane(points);
        const { semiAxes, angle } = ellipse!;
        expect(semiAxes[0]).toBeGreaterThanOrEqual(semiAxes[1]);
        const [major, minor] = semiAxes.map((axis) => axis ** 2 / 5.991464547107979);
        const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
        expect(major * cos ** 2 + minor * sin ** 2).toBeCloseTo(covariance!.xx, 12);
        expect((major - minor) * cos * sin).toBeCloseTo(covariance!.xy, 12);
        expect(major * sin ** 2 + minor * cos ** 2).toBeCloseTo(covariance!.yy, 12);
      }),
    );
  });

  // What the docstring says, from the F distribution; bounds are four standard errors around it.
  it.each([
    [3, 0.445],
    [5, 0.703],
    [10, 0.849],
    [200, 0.949],
  ])('hold a further seed as often as is said, with %i', (n, stated) => {
    const random = new Random(1, 'evaluation', [n, 1, 0]);
    const place = (): Point => {
      const [u, v] = [normal(random), normal(random)];
      return [u, u + 0.1 * v];
    };
    const experiments = 4000;
    let held = 0;
    for (let experiment = 0; experiment < experiments; experiment++) {
      const { ellipse } = seedsInPlane(Array.from({ length: n }, place));
      if (reach(ellipse!, place()) <= 1) held++;
    }
    const error = Math.sqrt((stated * (1 - stated)) / experiments);
    expect(Math.abs(held / experiments - stated)).toBeLessThan(4 * error);
  });
});
