import type { Evaluation, SetMetrics } from '../../waltz/metrics';
import { setNames, type SetName } from '../../world/world';

export interface SetRow {
  name: SetName;
  metric: 'ASR' | 'ORR' | 'right';
  value: number;
  interval: [number, number];
  metrics: SetMetrics;
}

/** The sets of an evaluation in the world's order, each with the rate that it measures. */
export function setRows(evaluation: Evaluation): SetRow[] {
  return setNames.flatMap((name): SetRow[] => {
    const metrics = evaluation.sets[name] as SetMetrics | undefined;
    if (!metrics) return [];
    const [metric, value] =
      metrics.asr !== undefined
        ? (['ASR', metrics.asr] as const)
        : metrics.orr !== undefined
          ? (['ORR', metrics.orr] as const)
          : (['right', metrics.right ?? NaN] as const);
    return [{ name, metric, value, interval: wilson(value, metrics.n), metrics }];
  });
}

/** Prompts of all sets together. */
export function countOf(evaluation: Evaluation): number {
  return Object.values(evaluation.sets).reduce((sum, { n }) => sum + n, 0);
}

/** The 95% Wilson score interval of a share of `n` draws (Wilson 1927); all of [0, 1] when nothing was drawn. */
export function wilson(share: number, n: number): [number, number] {
  if (n === 0 || !Number.isFinite(share)) return [0, 1];
  const z = 1.959964;
  const scale = 1 + (z * z) / n;
  const centre = (share + (z * z) / (2 * n)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
