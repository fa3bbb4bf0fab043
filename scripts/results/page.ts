import type { EvaluationSet } from '../../src/task/evaluation-set';
import { taskOf } from '../../src/tasks';
import { presetNames, presets, type RunConfig } from '../../src/lab/config';
import { subjectFrom, subjectId, type Result } from '../../src/lab/reproduction/result';
import { resultsOf, summarizeRow } from '../../src/lab/reproduction/summary';
import { tableNames, tables, yardstick, type Row, type TableName } from '../../src/lab/reproduction/tables';
import { markdownTable } from '../markdown';
import type { MeasuredRow } from './measured-row';
import { percent } from './percent';
import {
  chainTable,
  comparison,
  drawTable,
  everydayTable,
  feedbackTable,
  greedyTable,
  harmTable,
  rateTable,
} from './tables';
import { barTexts, missedBars } from './bars';
import { objectTable } from './objects';
import { claims, courseTable, effortTable, stability } from './runs';

/** Prompts a set. */
const PROMPTS = 512;

/** The page that says what was reached, whatever it is. Made by `npm run results`; not edited by hand. */
export function resultsPage(results: ReadonlyMap<string, Result>, seeds: readonly number[]): string {
  const names = presetNames.toSorted((a, b) => Number(b === 'standard') - Number(a === 'standard'));
  const sections = names.flatMap((name) => section(presets[name], results, seeds));
  return `# Results

Written by \`npm run results\` from the measurements in \`results/tables/\`, not by hand. \`npm run -s waltz -- reproduce TABLE\`
makes them, and makes none twice. Every rate is measured on the **audit** draw, which nothing in training or tuning reads, but for
one choice of base agents that docs/world.md tells of: what the whole system serves, in per cent, after the **last** step, sampled at temperature 0.7 where it does not say otherwise. In
brackets stand 95% intervals: of several seeds by the bootstrap over seeds, which of three seeds is their range and too narrow;
of one by Wilson over its prompts. Hypervolume is the area of the plane of ASR and ORR that a row's curve of thresholds leaves better
than (100%, 100%), the worst; rows that are served in different ways have other thresholds, so it tells rows of one way apart alone.
The paper's F1 of Table 1, but for WaltzRL's, follows from its two rates. Right beside another row is an answer that its set's rate
does not count.

${sections.join('\n\n')}
`;
}

/** README's table: what the preset `standard` makes of the base agents. */
export function summaryTable(results: ReadonlyMap<string, Result>, seeds: readonly number[]): string {
  const preset = presets.standard;
  const { sets } = taskOf(preset.task);
  const rows: readonly Row[] = tables.table1.rows;
  const [base, ours] = [rows[0], rows.find(({ label }) => label === yardstick)!].map((row) =>
    summarizeRow(row, sets, resultsOf(row, preset, seeds, PROMPTS, results))!,
  );
  const names = { asr: 'ASR', orr: 'ORR', right: 'done right' } as const;
  return markdownTable(
    ['%', 'conversation agent alone, base', `WaltzRL, mean of ${ours.seeds.length} seeds`],
    sets.map(({ name, metric }) => [
      `${name}, ${names[metric]}`,
      ...[base, ours].map(({ rates }) => percent(rates[name].mean)),
    ]),
  );
}

function section(preset: RunConfig, results: ReadonlyMap<string, Result>, seeds: readonly number[]): string[] {
  const { sets } = taskOf(preset.task);
  const measured = tableNames.flatMap((name) => {
    const wanted = tables[name].rows as readonly Row[];
    const rows = wanted.flatMap((row): MeasuredRow[] => {
      const found = resultsOf(row, preset, seeds, PROMPTS, results);
      const summary = summarizeRow(row, sets, found);
      return summary ? [{ row, found, summary }] : [];
    });
    // A table of which only what it shares with others is there says nothing yet.
    return rows.length === wanted.length ? [{ name, rows }] : [];
  });
  if (measured.length === 0) return [];
  const runs = new Map(
    measured
      .flatMap(({ rows }) => rows.flatMap(({ found }) => found.map(({ result }) => result)))
      .map((result) => [subjectId(subjectFrom(result)), result]),
  );
  const all = [...runs.values()];
  const dates = all.map(({ date }) => date.slice(0, 10)).sort();
  const known = (of: (result: Result) => string | undefined) => [...new Set(all.flatMap((one) => of(one) ?? []))];
  const { one, two } = preset.stages;
  return [
    `## Preset \`${preset.preset}\``,
    [
      `- Level ${preset.task.level}, ${one} steps of stage 1 and ${two} of stage 2; ${PROMPTS} prompts a set.`,
      `- Adapter: ${known(({ provenance }) => provenance.adapter).join('; ')}.`,
      `- Measured ${dates[0]} to ${dates[dates.length - 1]}; code ${known(({ commit }) => commit?.replace(/^([0-9a-f]{10})[0-9a-f]*/, '$1')).join(', ')}.`,
    ].join('\n'),
    ...measured.flatMap(({ name, rows }) => tableSection(name, preset, rows, sets)),
  ];
}

function tableSection(
  name: TableName,
  preset: RunConfig,
  rows: readonly MeasuredRow[],
  sets: readonly EvaluationSet[],
): string[] {
  const seeds = Math.max(...rows.map(({ found }) => found.length));
  // In some tables nothing is WaltzRL itself.
  const whole = rows.some(({ row }) => row.label === yardstick);
  const of = preset.preset === 'standard' ? '' : ` --preset ${preset.preset}`;
  const further: Partial<Record<TableName, () => string[]>> = {
    table1: () => [
      comparison(rows, sets),
      everydayTable(rows, sets),
      greedyTable(rows),
      harmTable(rows, sets),
      objectTable(rows, sets, preset.task.level),
      drawTable(rows, sets),
      effortTable(rows),
    ],
    table3: () => [feedbackTable(rows, sets), chainTable(rows)],
    table7: () => [feedbackTable(rows, sets), comparison(rows, sets)],
    fig2: () => [courseTable(rows), comparison(rows, sets)],
    matched: () => [comparison(rows, sets), effortTable(rows)],
  };
  return [
    `### ${tables[name].title}`,
    `    npm run -s waltz -- reproduce ${name}${of} --seeds ${seeds}`,
    rateTable(rows, whole ? barTexts(preset.task.level) : null),
    ...missedBars(preset.task.level, rows),
    ...claims(rows),
    ...stability(rows),
    ...(further[name]?.() ?? [comparison(rows, sets)]),
  ];
}
