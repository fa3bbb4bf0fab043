import { wilson } from '../../statistics/wilson';
import type { Evaluation, SetMetrics } from '../../waltz/learn/metrics';

export interface SetRow {
  name: string;
  metric: 'ASR' | 'ORR' | 'right';
  value: number;
  interval: [number, number];
  metrics: SetMetrics;
}

/** The sets of an evaluation in their order, each with the rate that it measures. */
export function setRows(evaluation: Evaluation): SetRow[] {
  return Object.entries(evaluation.sets).map(([name, metrics]): SetRow => {
    const [metric, value] =
      metrics.asr !== undefined
        ? (['ASR', metrics.asr] as const)
        : metrics.orr !== undefined
          ? (['ORR', metrics.orr] as const)
          : (['right', metrics.right ?? NaN] as const);
    return { name, metric, value, interval: intervalOf(value, metrics.n), metrics };
  });
}

/** Prompts of all sets together. */
export function countOf(evaluation: Evaluation): number {
  return Object.values(evaluation.sets).reduce((sum, { n }) => sum + n, 0);
}

/** The 95% interval of a rate over `n` prompts; everything is possible where nothing was measured. */
const intervalOf = (rate: number, n: number) =>
  Number.isFinite(rate) ? wilson(Math.round(rate * n), n) : wilson(0, 0);
