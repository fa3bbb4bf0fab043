/** What docs/results.md says of single runs: claims, stability, what training took. */
import { driftOf } from '../../src/lab/reproduction/drift';
import { yardstick } from '../../src/lab/reproduction/tables';
import { objectionWords } from '../../src/lab/run/claim';
import { mean } from '../../src/waltz/evaluate/summary';
import { markdownTable } from '../markdown';
import type { MeasuredRow } from './measured-row';
import { percent } from './percent';

/** Where runs of WaltzRL count against the paper's claim. */
export function claims(rows: readonly MeasuredRow[]): string[] {
  return rows
    .filter(({ summary }) => summary.objections.length > 0)
    .map(
      ({ summary: { label, objections } }) => `**${label} counts against the claim**: ${objectionWords(objections)}.`,
    );
}

/** Points that a rate may rise above its best before, in the last third of training. */
const MOST_RISE = 0.05;

/** How far a rate rose above its best until then, in the last third of training. */
export function stability(rows: readonly MeasuredRow[]): string[] {
  const rises = rows
    .filter(({ row }) => row.label === yardstick)
    .flatMap(({ found }) => found)
    .flatMap(({ seed, result: { path, effort } }) => {
      const rates = path.map(({ sets }) => sets.masked.asr!);
      const late = path.flatMap(({ step, sets: { masked } }, i) =>
        effort && step >= (2 / 3) * effort.steps
          ? [{ rise: rates[i] - Math.min(...rates.slice(0, i + 1)), n: masked.n }]
          : [],
      );
      return late.length === 0 ? [] : [{ seed, rise: Math.max(...late.map(({ rise }) => rise)), n: late[0].n }];
    });
  if (rises.length === 0) return [];
  const said = rises.map(({ seed, rise, n }) => `${percent(rise)} (seed ${seed}, ${n} prompts)`).join(', ');
  const missed = rises.some(({ rise }) => rise > MOST_RISE);
  return [
    `Over the last third of training ${yardstick}’s ASR on masked prompts of the evaluation draw rose this many points above its best until then, at most: ${said}; asked for is ≤ ${100 * MOST_RISE}${missed ? ', which is **missed**' : ''}.`,
  ];
}

export function effortTable(rows: readonly MeasuredRow[]): string {
  const thousands = (value: number) => `${Math.round(value / 1000).toLocaleString('en')} k`;
  const cells = rows
    .filter(({ row }) => row.serving !== 'guarded')
    .flatMap(({ found, summary: { label, effort } }) => {
      if (!effort) return [];
      const minutes = mean(found.map(({ result }) => result.effort!.milliseconds)) / 60_000;
      const tokens = [effort.tokens_generated, effort.tokens_trained].map(thousands);
      return [[label, String(effort.steps), ...tokens, minutes.toFixed(1)]];
    });
  const head = ['', 'steps', 'tokens generated', 'tokens trained on', 'minutes, beside other work'];
  return `What training took, mean of the seeds:\n\n${markdownTable(head, cells)}`;
}

/** How well feedback did at the end of training, as Figure 2 has it: the last of the windows that pictures show. */
export function courseTable(rows: readonly MeasuredRow[]): string {
  const shown = { 'labels right': 'label_accuracy', improved: 'improved', worsened: 'worsened' } as const;
  const cells = rows.flatMap(({ row, found }) => {
    const drift = driftOf(found.map(({ result }) => result));
    if (!drift) return [];
    const at = [0.1, 0.5, 1].map((share) => Math.ceil(share * drift.steps.length) - 1);
    return [
      [row.label, ...Object.values(shown).flatMap((figure) => at.map((i) => percent(drift.figures[figure].mean[i])))],
    ];
  });
  const head = Object.keys(shown).flatMap((name) =>
    [`${name}, after a tenth`, 'half', 'at the end'].map((part, i) => (i === 0 ? part : `${name}, ${part}`)),
  );
  return `Games of training, in per cent: feedbacks with both labels right, answers that feedback improved and that it made worse:\n\n${markdownTable(['', ...head], cells)}`;
}
