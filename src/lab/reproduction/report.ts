import type { Task } from '../../task/task';
import { presets, totalSteps } from '../config';
import { promptsOf } from '../run/measured';
import type { PairedComparison } from '../../statistics/paired';
import { driftOf, type Drift } from './drift';
import { subjectFrom, subjectId, experimentOf, type Measurement, type Result } from './result';
import { subjectOf } from './subjects';
import { compareRows, resultsOf, summarizeRow, type RowSummary } from './summary';
import { tables, yardstickOf, type PaperRates, type Row, type TableName } from './tables';
import type { Serving } from '../run/serving';
import { seedsOf, type ReproductionOrder } from './order';

/** A row as far as it is reproduced. */
export interface ReproducedRow {
  label: string;
  serving: Serving;
  /** RL steps behind it, 0 for the base agents. */
  steps: number;
  paper: PaperRates | null;
  /** Ids of the subjects that it is made of. */
  subjects: string[];
  /** Of the seeds that there are; null where there is none yet. */
  summary: RowSummary | null;
  /** The points of its Pareto curve, [ASR, ORR] of every combination of thresholds; empty where it has none. */
  curves: { seed: number; points: [number, number][] }[];
  /** How training went, from the seeds that there are; null where feedback had no part in it. */
  drift: Drift | null;
  /** Whether it is the one that others are compared with first. */
  yardstick: boolean;
  /** This row (A) beside each other one (B) on the same prompts, by B's label and seed. */
  beside: Record<string, ({ seed: number } & PairedComparison)[]>;
}

/** A result in a line. Fractions. */
export interface KeptResult {
  id: string;
  /** The same for every seed. */
  experiment: string;
  /** Made from what differs from the preset, the seed apart. */
  name: string;
  seed: number;
  build: string;
  adapter: string;
  /** ISO 8601. */
  date: string;
  measured: { serving: Serving; prompts: number; asr: number; orr: number; f1: number }[];
}

export interface ReproducedTable {
  name: TableName;
  title: string;
  rows: ReproducedRow[];
}

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
