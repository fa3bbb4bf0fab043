import type { Chart, Series } from './charts';

interface Step {
  step: number;
}

/** Steps that the strong line is a mean of; the faint one is every step as it was. */
export const smoothedOver = 9;

export type Column = (number | null)[];

/** What uPlot draws: steps, then for each series its values and their trailing means; of a sparse one the values twice. */
export function columns<Row extends Step>(chart: Chart<Row>, rows: readonly Row[]): [number[], ...Column[]] {
  const steps = rows.map(({ step }) => step);
  const pairs = chart.series.map(({ of, sparse }) => {
    const column = rows.map((row) => finite(of(row)));
    return [column, sparse ? column : trailingMean(column, smoothedOver)];
  });
  return [steps, ...pairs.flat()];
}

/** The figure of a row; of a sparse series the latest one that there was by then. */
export function figureAt<Row>({ of, sparse }: Series<Row>, rows: readonly Row[], at: number): number | null {
  const row = sparse ? rows.slice(0, at + 1).findLast((each) => of(each) !== null) : rows[at];
  return row === undefined ? null : of(row);
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

/** At most `most` of them, evenly spaced, the last one always. */
export function sampled<Row>(rows: readonly Row[], most: number): Row[] {
  const stride = Math.max(1, Math.ceil(rows.length / most));
  return rows.filter((_, at) => (rows.length - 1 - at) % stride === 0);
}

function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null;
}
