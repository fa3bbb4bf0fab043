import type { AdapterInfo, ReproducedTable } from '../../../workers/protocol';
import type { Results } from '../state/reproduction.svelte';
import { columnsOf } from './columns';

/** A table as comma-separated values: of each figure the mean, its interval and the paper's value, all in per cent. */
export function tableCsv(table: ReproducedTable): string {
  const columns = columnsOf(table.name);
  const head = [
    ...['row', 'serving', 'steps', 'seeds'],
    ...columns.flatMap(({ key }) => [key, `${key} low`, `${key} high`, `${key} paper`]),
  ];
  const rows = table.rows.map(({ label, serving, steps, summary, paper }) => [
    ...[label, serving, String(steps), String(summary?.seeds.length ?? 0)],
    ...columns.flatMap((column) => {
      const found = summary && column.of(summary);
      const values = [found?.mean, found?.interval?.[0], found?.interval?.[1]];
      const theirs = paper ? column.paper(paper) : undefined;
      return [...values.map((value) => (value === undefined ? '' : percentage(value))), theirs?.toString() ?? ''];
    }),
  ]);
  return [head, ...rows].map((cells) => `${cells.map(quoted).join(',')}\n`).join('');
}

/** A table with all that it was made of. Its summaries are those of the command line, as fractions. */
export function tableDocument(
  table: ReproducedTable,
  { order, build }: Results,
  adapter: AdapterInfo | null,
  date: Date,
) {
  const { preset, seeds, prompts } = order;
  return {
    ...{ format: 'waltzrl-table', version: 1, date: date.toISOString(), build, adapter },
    ...{ table: table.name, title: table.title, preset, seeds, prompts },
    rows: table.rows,
  };
}

export function fileOf({ name }: ReproducedTable, { order }: Results): string {
  return `${name}-${order.preset}-${order.seeds}-seed${order.seeds === 1 ? '' : 's'}`;
}

/** Four decimals: a rate over 512 prompts is told exactly enough. */
function percentage(fraction: number): string {
  return String(Number((100 * fraction).toFixed(4)));
}

function quoted(cell: string): string {
  return /[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
