import { presets, totalSteps } from '../src/lab/config';
import { measuredOn, subjectId, type Result } from '../src/lab/reproduction/result';
import { subjectOf } from '../src/lab/reproduction/subjects';
import { resultsOf, summarizeRow } from '../src/lab/reproduction/summary';
import { tables, type Row } from '../src/lab/reproduction/tables';
import type { World } from '../src/world/world';
import type { ReproducedRow, ReproducedTable, ReproductionOrder } from './protocol';

/** An order's tables, as far as results are there. */
export function reportTables(
  order: ReproductionOrder,
  { sets }: Pick<World, 'sets'>,
  results: ReadonlyMap<string, Result>,
): ReproducedTable[] {
  return order.tables.map((name) => ({
    name,
    title: tables[name].title,
    rows: (tables[name].rows as readonly Row[]).map((row) => reportRow(row, order, sets, results)),
  }));
}

export function seedsOf({ seeds }: ReproductionOrder): number[] {
  return Array.from({ length: seeds }, (_, i) => i + 1);
}

function reportRow(
  row: Row,
  order: ReproductionOrder,
  sets: World['sets'],
  results: ReadonlyMap<string, Result>,
): ReproducedRow {
  const preset = presets[order.preset];
  const seeds = seedsOf(order);
  const subjects = (row.train ? seeds : seeds.slice(0, 1)).map((seed) => subjectOf(row, preset, seed));
  const found = resultsOf(row, preset, seeds, (id) => {
    const result = results.get(id);
    return result && measuredOn(result, row.serving, order.prompts) ? result : undefined;
  });
  return {
    ...{ label: row.label, serving: row.serving, paper: row.paper },
    steps: row.train ? totalSteps(subjects[0].config) : 0,
    subjects: subjects.map(subjectId),
    summary: summarizeRow(row, sets, found),
    curves: found
      .filter(({ measurement }) => measurement.curve.length > 0)
      .map(({ seed, measurement }) => ({ seed, points: measurement.curve.map(({ asr, orr }) => [asr, orr]) })),
  };
}
