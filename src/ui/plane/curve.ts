import { dominated, paretoFront } from '../../statistics/pareto';
import type { Point } from '../../statistics/point';

/** A Pareto curve, as it is drawn. */
export interface Curve {
  /** Thresholds that none beats, by ascending ASR. */
  front: Point[];
  /** The others, each place once. */
  behind: Point[];
}

/** Why games of more rounds have no curve: the further ones would have thresholds of their own. */
export const ofOneRound = 'other thresholds are tried on games of one round only';

export function curveOf(points: readonly Point[]): Curve {
  const places = [...new Map(points.map((point) => [point.join(), point])).values()];
  const isDominated = dominated(places);
  return {
    front: paretoFront(places).map((i) => places[i]),
    behind: places.filter((_, i) => isDominated[i]),
  };
}
