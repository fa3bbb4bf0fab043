import type { Task } from '../../../src/task/task';
import { presets, totalSteps } from '../../../src/lab/config';
import { promptsOf } from '../../../src/lab/run/measured';
import { driftOf } from '../../../src/lab/reproduction/drift';
import {
  subjectFrom,
  subjectId,
  experimentOf,
  type Measurement,
  type Result,
} from '../../../src/lab/reproduction/result';
import { subjectOf } from '../../../src/lab/reproduction/subjects';
import { compareRows, resultsOf, summarizeRow } from '../../../src/lab/reproduction/summary';
import { tables, yardstickOf, type Row } from '../../../src/lab/reproduction/tables';
import type { Serving } from '../../../src/lab/run/serving';
import type { KeptResult, ReproducedRow, ReproducedTable, ReproductionOrder } from '../../protocol/trainer';
import { seedsOf } from './order';

/** An order's tables, as far as results are there. */
export function reportTables(
  order: ReproductionOrder,
  { sets }: Pick<Task, 'sets'>,
  results: ReadonlyMap<string, Result>,
): ReproducedTable[] {
  const counting = sets.filter(({ inMean }) => inMean);
  return order.tables.map((name) => {
    const rows: readonly Row[] = tables[name].rows;
    const measured = rows.map((row) => ({ trained: row.train !== null, found: foundOf(row, order, results) }));
    return {
      ...{ name, title: tables[name].title },
      rows: rows.map((row, i): ReproducedRow => ({
        ...reportRow(row, measured[i].found, order, sets),
        yardstick: row === yardstickOf(rows),
        beside: Object.fromEntries(
          rows.flatMap(({ label }, j) => (i === j ? [] : [[label, compareRows(counting, measured[i], measured[j])]])),
        ),
      })),
    };
  });
}

function foundOf(row: Row, order: ReproductionOrder, results: ReadonlyMap<string, Result>) {
  return resultsOf(row, presets[order.preset], seedsOf(order), order.prompts, results);
}

function reportRow(
  row: Row,
  found: ReturnType<typeof foundOf>,
  order: ReproductionOrder,
  sets: Task['sets'],
): Omit<ReproducedRow, 'beside' | 'yardstick'> {
  const seeds = seedsOf(order);
  const subjects = (row.train ? seeds : seeds.slice(0, 1)).map((seed) => subjectOf(row, presets[order.preset], seed));
  return {
    ...{ label: row.label, serving: row.serving, paper: row.paper },
    steps: row.train ? totalSteps(subjects[0].config) : 0,
    subjects: subjects.map(subjectId),
    summary: summarizeRow(row, sets, found),
    curves: found
      .filter(({ measurement }) => measurement.curve.length > 0)
      .map(({ seed, measurement }) => ({ seed, points: measurement.curve.map(({ asr, orr }) => [asr, orr]) })),
    drift: driftOf(found.map(({ result }) => result)),
  };
}

/** Results in a line each, the newest first. */
export function reportKept(results: ReadonlyMap<string, Result>): KeptResult[] {
  const lines = [...results].map(([id, result]): KeptResult => ({
    ...{ id, ...experimentOf(subjectFrom(result)), seed: result.config.seed, date: result.date },
    ...{ build: result.provenance.build, adapter: result.provenance.adapter },
    measured: (Object.entries(result.measured) as [Serving, Measurement][]).map(([serving, measurement]) => {
      const { asr, orr, f1 } = measurement.evaluation;
      return { serving, prompts: promptsOf(measurement.evaluation), asr, orr, f1 };
    }),
  }));
  return lines.sort((a, b) => (a.date < b.date ? 1 : -1));
}
