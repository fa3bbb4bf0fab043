import type { StepMetrics } from '../../waltz/metrics';
import type { Chart } from './charts';

/** Steps that the strong line is a mean of; the faint one is every step as it was. */
export const smoothedOver = 9;

export type Column = (number | null)[];

/** What uPlot draws: steps, then for each series its values and their trailing means. */
export function columns(chart: Chart, metrics: readonly StepMetrics[]): [number[], ...Column[]] {
  const steps = metrics.map(({ step }) => step);
  const values = chart.series.map(({ of }) => metrics.map((each) => finite(of(each))));
  return [steps, ...values.flatMap((column) => [column, trailingMean(column, smoothedOver)])];
}

/** Mean of the last `over` values that there are; null where there is none at that step. */
export function trailingMean(column: Column, over: number): Column {
  let sum = 0;
  let count = 0;
  return column.map((value, at) => {
    const leaving = at >= over ? column[at - over] : null;
    if (leaving !== null) {
      sum -= leaving;
      count -= 1;
    }
    if (value === null) return null;
    sum += value;
    count += 1;
    return sum / count;
  });
}

/** At most `rows` of them, evenly spaced, the last one always. */
export function sampled(metrics: readonly StepMetrics[], rows: number): StepMetrics[] {
  const stride = Math.max(1, Math.ceil(metrics.length / rows));
  return metrics.filter((_, at) => (metrics.length - 1 - at) % stride === 0);
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}
