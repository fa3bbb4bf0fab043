import type { KeptResult, ReproducedTable } from '../../lab/reproduction/report';
import type { Results } from '../state/reproduction.svelte';
import { toCsv } from '../files/csv';
import { columnsOf } from './columns';

/** A table as comma-separated values: of each figure the mean, its interval, the mean with greedy decoding, the paper's value. */
export function tableCsv(table: ReproducedTable): string {
  const columns = columnsOf(table.name);
  return toCsv(
    table.rows.map(({ label, serving, steps, summary, paper }) => {
      const row: Record<string, string | number | null> = {
        row: label,
        serving,
        steps,
        seeds: summary?.seeds.length ?? 0,
        prompts: summary?.prompts ?? null,
        'tokens generated': summary?.effort?.tokens_generated ?? null,
        'tokens trained': summary?.effort?.tokens_trained ?? null,
      };
      for (const column of columns) {
        const found = summary && column.of(summary);
        const { key } = column;
        row[key] = found?.mean ?? null;
        row[`${key} low`] = found?.interval?.[0] ?? null;
        row[`${key} high`] = found?.interval?.[1] ?? null;
        if (column.greedy) row[`${key} greedy`] = summary && column.greedy(summary).mean;
        row[`${key} paper`] = (paper && column.paper(paper)) ?? null;
      }
      return row;
    }),
  );
}

/**
 * A table with all that it was made of, and what measured each of its results. Its summaries are those of the command line, as
 * fractions; the seeds and prompts of each are what there is, those of the order what was asked for. @param date of the document
 */
export function tableDocument(
  table: ReproducedTable,
  { order, build }: Results,
  kept: readonly KeptResult[],
  date: Date,
) {
  const { preset, seeds, prompts } = order;
  const made = (subjects: readonly string[]) =>
    kept
      .filter(({ id }) => subjects.includes(id))
      .map(({ id, adapter, build: by, date: on }) => ({ id, adapter, build: by, date: on }));
  return {
    ...{ format: 'waltzrl-table', version: 3, date: date.toISOString(), build },
    ...{ table: table.name, title: table.title, order: { preset, seeds, prompts } },
    rows: table.rows.map((row) => ({ ...row, made: made(row.subjects) })),
  };
}

/** What computed its rows, each adapter and version once: seeds of several stand in one table. */
export function madeOf(
  { rows }: ReproducedTable,
  kept: readonly KeptResult[],
): Pick<KeptResult, 'adapter' | 'build'>[] {
  const subjects = new Set(rows.flatMap((row) => (row.summary ? row.subjects : [])));
  const made = kept.filter(({ id }) => subjects.has(id));
  return [...new Map(made.map(({ adapter, build }) => [`${adapter} ${build}`, { adapter, build }])).values()];
}

export function fileOf({ name }: ReproducedTable, { order }: Results): string {
  return `${name}-${order.preset}-${order.seeds}-seed${order.seeds === 1 ? '' : 's'}`;
}
