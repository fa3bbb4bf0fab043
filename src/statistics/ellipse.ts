import type { Point } from './point';

export interface Ellipse {
  centre: Point;
  semiAxes: readonly [major: number, minor: number];
  /** Of the major axis, anticlockwise from the first coordinate's axis: radians in (−π/2, π/2]. */
  angle: number;
}

export interface SeedsInPlane {
  n: number;
  /** NaN without seeds. */
  mean: Point;
  /** Unbiased; null with one seed or none. */
  covariance: Covariance | null;
  /** Null with fewer than three seeds: two span only a line. */
  ellipse: Ellipse | null;
}

/** Variances of both coordinates, and their covariance. */
export interface Covariance {
  xx: number;
  xy: number;
  yy: number;
}

/** The 0.95 quantile of χ² with two degrees of freedom, an exponential distribution. */
const CHI_SQUARE_95 = -2 * Math.log(0.05);

/**
 * Seeds' (ASR, ORR) pairs: mean, covariance, and the ellipse of the seeds' spread that would hold 95% of a normal
 * distribution with these two (Anderson, "An Introduction to Multivariate Statistical Analysis", 2003, sec. 2.3).
 *
 * Of the spread, not of the mean: it shows where a run of the method lands, and has one size whatever the number of
 * seeds. The ellipse of the mean has the semi-axes divided by √n; its exact form (Hotelling's T²) would be 16
 * standard deviations long with three seeds, which no picture holds. As mean and covariance are estimates, a further
 * seed falls inside less often than in 95%: by the F distribution of its T², in 44% with 3 seeds, 70% with 5, 85% with 10.
 *
 * It may reach beyond [0, 1]. Where a picture scales its axes unequally, scale the outline's points, not the angle.
 */
export function seedsInPlane(points: readonly Point[]): SeedsInPlane {
  const n = points.length;
  const mean = [average(points.map(([x]) => x)), average(points.map(([, y]) => y))] as const;
  if (n < 2) return { n, mean, covariance: null, ellipse: null };
  const covariance = covarianceAround(mean, points);
  return { n, mean, covariance, ellipse: n < 3 ? null : ellipseOf(mean, covariance) };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function covarianceAround([meanX, meanY]: Point, points: readonly Point[]): Covariance {
  let [xx, xy, yy] = [0, 0, 0];
  for (const [x, y] of points) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
    yy += (y - meanY) ** 2;
  }
  const freedom = points.length - 1;
  return { xx: xx / freedom, xy: xy / freedom, yy: yy / freedom };
}

/** Eigenvalues of the covariance are the variances along the axes; eigenvectors their directions. */
function ellipseOf(centre: Point, { xx, xy, yy }: Covariance): Ellipse {
  const middle = (xx + yy) / 2;
  const apart = Math.hypot((xx - yy) / 2, xy);
  // Rounding may leave less than nothing along the minor axis of points on a line.
  const variances = [middle + apart, Math.max(0, middle - apart)];
  const [major, minor] = variances.map((variance) => Math.sqrt(CHI_SQUARE_95 * variance));
  return { centre, semiAxes: [major, minor], angle: Math.atan2(2 * xy, xx - yy) / 2 };
}
