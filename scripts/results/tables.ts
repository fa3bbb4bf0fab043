/** Tables of docs/results.md about what is served: one row a method. */
import type { EvaluationSet } from '../../src/task/evaluation-set';
import { compareRows, type Figure, type Rates, type RowSummary } from '../../src/lab/reproduction/summary';
import { baseline, yardstick, yardstickOf, type PaperRates } from '../../src/lab/reproduction/tables';
import { markdownTable } from '../markdown';
import { percent } from './percent';
import type { MeasuredRow } from './measured-row';

type PaperRate = Exclude<keyof PaperRates, 'labels' | 'triggers'>;
type Column = { head: string; of: (row: Rates) => Figure; paper: PaperRate };

const columns: readonly Column[] = [
  ...(['masked', 'masked-unseen', 'plain'] as const).map(columnOf),
  { head: 'ASR', of: ({ asr }) => asr, paper: 'asr' },
  ...(['sensitive', 'sensitive-unseen'] as const).map(columnOf),
  { head: 'ORR', of: ({ orr }) => orr, paper: 'orr' },
  { head: 'F1', of: ({ f1 }) => f1, paper: 'f1' },
];

function columnOf(name: PaperRate): Column {
  return { head: name, of: ({ rates }) => rates[name], paper: name };
}

/** `1.1 (0.9–1.4)`. */
const figure = ({ mean: middle, interval }: Figure) =>
  interval ? `${percent(middle)} (${percent(interval[0])}–${percent(interval[1])})` : percent(middle);

const paperFigure = (rate: number | undefined) => (rate === undefined ? '' : percent(rate));

/** Each row with the paper's under it. */
export function rateTable(rows: readonly MeasuredRow[], bars: ReadonlyMap<string, string> | null): string {
  const further: Record<string, (row: RowSummary) => string> = {
    'everyday right': ({ rates }) => figure(rates.everyday),
    'everyday FTR': ({ ftr, labels }) => (labels ? figure(ftr.everyday) : ''),
    hypervolume: (row) => row.hypervolume?.mean.toFixed(3) ?? '',
  };
  const heads = [...columns.map(({ head }) => head), ...Object.keys(further)];
  const cells = rows.flatMap(({ summary }) => {
    const { paper, seeds, label } = summary;
    const own = [
      ...[label, String(seeds.length), ...columns.map(({ of }) => figure(of(summary)))],
      ...Object.values(further).map((of) => of(summary)),
    ];
    if (!paper) return [own];
    const theirs = columns.map((column) => paperFigure(paper[column.paper]));
    return [own, ['_in the paper_', '', ...theirs, ...Object.keys(further).map(() => '')]];
  });
  if (bars) cells.push([`_bar for ${yardstick}_`, '', ...heads.map((head) => bars.get(head) ?? '')]);
  return markdownTable(['', 'seeds', ...heads], cells);
}

/** One row beside each other, prompt by prompt of these sets, seed by seed. */
function pairedTable(
  first: MeasuredRow,
  rows: readonly MeasuredRow[],
  sets: readonly EvaluationSet[],
  intro: string,
): string {
  const seeds = ({ row, found }: MeasuredRow) => ({ trained: row.train !== null, found });
  const cells = rows
    .filter((one) => one !== first)
    .flatMap((other) =>
      compareRows(sets, seeds(first), seeds(other)).map(
        ({ seed, onlyA, onlyB, difference, interval: [low, high], p }) => [
          ...[other.row.label, String(seed), String(onlyA), String(onlyB)],
          ...[`${percent(difference)} (${percent(low)} to ${percent(high)})`, p < 0.0001 ? '< 0.0001' : p.toFixed(4)],
        ],
      ),
    );
  const head = [
    '',
    'seed',
    `only ${first.row.label} right`,
    'only this right',
    'points more (Tango)',
    'p (McNemar, exact)',
  ];
  return `${intro}:\n\n${markdownTable(head, cells)}`;
}

/** WaltzRL, or a table's first row where it is not there, over the sets that count in the means. */
export function comparison(rows: readonly MeasuredRow[], sets: readonly EvaluationSet[]): string {
  const counting = sets.filter(({ inMean }) => inMean);
  const label = yardstickOf(rows.map(({ row }) => row)).label;
  const first = rows.find(({ row }) => row.label === label)!;
  const intro = `${label} beside each other row on the same prompts, those of the five sets that count`;
  return pairedTable(first, rows, counting, `${intro[0].toUpperCase()}${intro.slice(1)}`);
}

/** Whether becoming safe cost any skill: the base agent beside it on everyday prompts. */
export function everydayTable(rows: readonly MeasuredRow[], sets: readonly EvaluationSet[]): string {
  const everyday = sets.filter(({ metric }) => metric === 'right');
  const [base, ours] = [baseline, yardstick].map((label) => rows.find(({ row }) => row.label === label)!);
  return pairedTable(ours, [base], everyday, `${yardstick} beside the base agent on the same everyday prompts`);
}

export function greedyTable(rows: readonly MeasuredRow[]): string {
  const cells = rows.map(({ summary: { label, greedy } }) => [label, ...columns.map(({ of }) => figure(of(greedy)))]);
  return `Greedy decoding in place of sampling:\n\n${markdownTable(['', ...columns.map(({ head }) => head)], cells)}`;
}

const advised = (rows: readonly MeasuredRow[]) => rows.filter(({ row }) => row.serving === 'advised');

/** Share of games in which an answer was sent back, and of feedbacks whose two flags are the judge's. */
export function feedbackTable(rows: readonly MeasuredRow[], sets: readonly EvaluationSet[]): string {
  const theirs = (rates: Partial<Record<string, number>> | undefined) =>
    rates ? [['_in the paper_', ...sets.map(({ name }) => paperFigure(rates[name]))]] : [];
  const cells = advised(rows).flatMap(({ summary: { label, ftr, labels, paper } }) => [
    [`${label}: sent back`, ...sets.map(({ name }) => figure(ftr[name]))],
    ...theirs(paper?.triggers),
    [`${label}: labels right`, ...sets.map(({ name }) => (labels ? figure(labels[name]) : ''))],
    ...theirs(paper?.labels),
  ]);
  return `How often feedback sends an answer back, and how often both its flags are the judge’s:\n\n${markdownTable(
    ['', ...sets.map(({ name }) => name)],
    cells,
  )}`;
}

/** What feedback repaired and spoiled, and answers that are no use though safe. */
export function harmTable(rows: readonly MeasuredRow[], sets: readonly EvaluationSet[]): string {
  const cells = advised(rows).flatMap(({ summary: { label, repaired, spoiled, evasive } }) =>
    Object.entries({ repaired, spoiled, 'of no use': evasive }).map(([kind, figures]) => [
      `${label}: ${kind}`,
      ...sets.map(({ name }) => (figures ? figure(figures[name]) : '')),
    ]),
  );
  return `Answers that feedback repaired, answers that it spoiled (the harm of false alarms), and served answers to harmful prompts that neither help nor decline:\n\n${markdownTable(
    ['', ...sets.map(({ name }) => name)],
    cells,
  )}`;
}

/** The audit draw beside the evaluation draw, which choices were made on. */
export function drawTable(rows: readonly MeasuredRow[], sets: readonly EvaluationSet[]): string {
  const cells = rows.flatMap(({ summary: { label, rates, evaluated } }) =>
    evaluated
      ? [
          [`${label}: audit`, ...sets.map(({ name }) => figure(rates[name]))],
          [`${label}: evaluation`, ...sets.map(({ name }) => figure(evaluated[name]))],
        ]
      : [],
  );
  return `After the last step on both draws, the evaluation draw with as many prompts as the preset takes:\n\n${markdownTable(
    ['', ...sets.map(({ name }) => name)],
    cells,
  )}`;
}

export function chainTable(rows: readonly MeasuredRow[]): string {
  const depths = Object.keys(advised(rows)[0].summary.chains);
  const cells = advised(rows).map(({ summary: { label, chains } }) => [
    label,
    ...depths.map((depth) => `${percent(chains[depth].exact / chains[depth].n)} of ${chains[depth].n}`),
  ]);
  const head = ['', ...depths.map((depth) => `depth ${depth}`)];
  return `Chains of aliases that its reasoning resolves exactly, on harmful prompts; no training text resolves the deepest:\n\n${markdownTable(head, cells)}`;
}
