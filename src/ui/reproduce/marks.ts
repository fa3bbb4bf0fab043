import { symbol, symbolCircle, symbolCross, symbolDiamond, symbolSquare, symbolStar, symbolTriangle } from 'd3-shape';
import type { SymbolType } from 'd3-shape';
import type { ReproducedRow } from '../../lab/reproduction/report';
import { seedsInPlane, type Ellipse } from '../../statistics/ellipse';
import type { Point } from '../../statistics/point';
import { curveOf, ofOneRound, type Curve } from '../plane/curve';

/** How a row is drawn: a shape of its own, the colour of who serves, solid where it was trained. */
export interface Mark {
  /** An outline around (0, 0). */
  path: string;
  tone: 'conv' | 'warn' | 'feed' | 'good';
  solid: boolean;
}

const AREA = 95;
const shape = (type: SymbolType) => symbol(type, AREA)() ?? '';
const circle = shape(symbolCircle);
const others = [
  ...[shape(symbolSquare), shape(symbolTriangle), shape(symbolDiamond), shape(symbolStar), shape(symbolCross)],
  // A triangle that stands on its point.
  'M0 8.5L7.4 -4.3H-7.4Z',
];
const tones = { alone: 'conv', guarded: 'warn', advised: 'feed', oracle: 'good' } as const;

/** Marks of a table's rows, in their order. WaltzRL is the same dot in every table. */
export function marksOf(rows: readonly ReproducedRow[]): Mark[] {
  let next = 0;
  return rows.map(({ yardstick, serving, steps }) => ({
    path: yardstick ? circle : others[next++ % others.length],
    ...{ tone: tones[serving], solid: steps > 0 },
  }));
}

/** A row in the plane. */
export interface Spot {
  /** Its place in the table. */
  at: number;
  mark: Mark;
  row: ReproducedRow;
  mean: Point;
  seeds: readonly Point[];
  ellipse: Ellipse | null;
}

export function spotsOf(rows: readonly ReproducedRow[]): Spot[] {
  const marks = marksOf(rows);
  return rows.flatMap((row, at): Spot[] => {
    const { summary } = row;
    if (!summary) return [];
    const seeds = summary.asr.values.map((asr, i): Point => [asr, summary.orr.values[i]]);
    const mean = [summary.asr.mean, summary.orr.mean] as const;
    return [{ at, mark: marks[at], row, mean, seeds, ellipse: seedsInPlane(seeds).ellipse }];
  });
}

/** Points along an ellipse: a picture scales its axes, so it draws these and not the angle. */
export function outline({ centre, semiAxes: [major, minor], angle }: Ellipse, count = 48): Point[] {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return Array.from({ length: count }, (_, i) => {
    const turn = (2 * Math.PI * i) / count;
    const [along, across] = [major * Math.cos(turn), minor * Math.sin(turn)];
    return [centre[0] + along * cos - across * sin, centre[1] + along * sin + across * cos];
  });
}

export interface SeedCurve extends Curve {
  seed: number;
}

export function curvesOf({ curves }: ReproducedRow): SeedCurve[] {
  return curves.map(({ seed, points }) => ({ seed, ...curveOf(points) }));
}

/** Why a measured row has no curve; '' where it has one. */
export function whyNoCurve({ serving, curves }: ReproducedRow): string {
  if (curves.length > 0) return '';
  return serving === 'oracle' ? 'no threshold to move' : `no curve: ${ofOneRound}`;
}
