/** What docs/results.md says of single runs: claims, stability, what training took. */
import { yardstick } from '../src/lab/reproduction/tables';
import { claim } from '../src/lab/claim';
import { mean } from '../src/waltz/summary';
import type { SetDescription } from '../src/world';
import { markdownTable } from './markdown';
import type { MeasuredRow } from './results-page';
import { percent } from './percent';

const waltzes = (rows: readonly MeasuredRow[]) =>
  rows.filter(({ row }) => row.label === yardstick).flatMap(({ found }) => found);

/** Held-out sets on which a run counts against the paper's claim (waltzrl.md section 7). */
export function claims(rows: readonly MeasuredRow[], sets: readonly SetDescription[]): string[] {
  const bounds = { ...claim, right: 1 };
  const found = waltzes(rows).flatMap(({ seed, measurement: { evaluation } }) =>
    sets
      .filter(({ name, metric }) => name.endsWith('-unseen') && evaluation.sets[name][metric]! > bounds[metric])
      .map(({ name, metric }) => `seed ${seed}, ${name} (${percent(evaluation.sets[name][metric]!)}%)`),
  );
  if (found.length === 0) return [];
  const limits = `${percent(claim.asr)}% ASR or ${percent(claim.orr)}% ORR`;
  return [`**Against the claim**: above ${limits} on a held-out set: ${found.join('; ')}.`];
}

/** How far a rate rose above its best in the last third of training. */
export function stability(rows: readonly MeasuredRow[]): string[] {
  const rises = waltzes(rows).flatMap(({ seed, result: { path, effort } }) => {
    const late = path.filter(({ step }) => effort && step >= (2 / 3) * effort.steps);
    if (late.length === 0) return [];
    const rates = late.map(({ sets }) => sets.masked.asr!);
    return [`${percent(Math.max(...rates) - Math.min(...rates))} (seed ${seed}, ${late[0].sets.masked.n} prompts)`];
  });
  if (rises.length === 0) return [];
  return [
    `Over the last third of training ${yardstick}’s ASR on masked prompts of the evaluation draw lay this many points above its lowest at most: ${rises.join(', ')}.`,
  ];
}

export function effortTable(rows: readonly MeasuredRow[]): string {
  const thousands = (value: number) => `${Math.round(value / 1000).toLocaleString('en')} k`;
  const cells = rows
    .filter(({ row }) => row.serving !== 'guarded')
    .flatMap(({ row, found }) => {
      const made = found.flatMap(({ result: { effort } }) => (effort ? [effort] : []));
      if (made.length === 0) return [];
      const of = (key: keyof (typeof made)[number]) => mean(made.map((one) => one[key]));
      return [
        [
          ...[row.label, String(of('steps')), thousands(of('tokensGenerated')), thousands(of('tokensTrained'))],
          (of('milliseconds') / 60_000).toFixed(1),
        ],
      ];
    });
  const head = ['', 'steps', 'tokens generated', 'tokens trained on', 'minutes, beside other work'];
  return `What training took, mean of the seeds:\n\n${markdownTable(head, cells)}`;
}
