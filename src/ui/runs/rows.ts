/** The page's tables as rows to export. */
import type { SavedRun } from '../../../workers/protocol/runs';
import { changeWords, totalSteps, valueAt } from '../../lab/config';
import type { Evaluation } from '../../waltz/learn/metrics';
import { setRows } from '../plane/sets';
import type { Row } from '../files/csv';
import { differing } from './list';
import type { StepValue } from './measures';
import type { Pair } from './pairs';

export function listRows(runs: readonly SavedRun[]): Row[] {
  return runs.map(({ run, name, config, step, finished, savedAt, pinned, adapter, build, latest }) => ({
    ...{ name, preset: config.preset, changes: changeWords(config).join(' · '), seed: config.seed },
    ...{ step, steps: totalSteps(config), finished },
    ...{ asr: latest?.asr ?? null, orr: latest?.orr ?? null, f1: latest?.f1 ?? null, evaluated: latest?.step ?? null },
    ...{ saved: new Date(savedAt).toISOString(), pinned, adapter, build, run },
  }));
}

export function configRows(runs: readonly SavedRun[]): Row[] {
  const fields = differing(runs.map(({ config }) => config));
  return runs.map(({ run, name, config }) => ({
    ...{ name, preset: config.preset },
    ...Object.fromEntries(fields.map(({ path }) => [path, valueAt(config, path)])),
    run,
  }));
}

/** A row for each set, and two for the means. */
export function evaluationRows(runs: readonly { run: SavedRun; evaluation: Evaluation | null }[]): Row[] {
  return runs.flatMap(({ run: { run, name }, evaluation }) => {
    if (!evaluation) return [];
    const { step, temperature, split, asr, orr, asr_interval, orr_interval } = evaluation;
    const of = (
      set: string,
      metric: string,
      rate: number,
      [low, high]: readonly [number, number],
      n: number | null,
    ) => ({
      ...{ name, step, split, temperature, set, metric: metric.toLowerCase(), rate, low, high, n, run },
    });
    return [
      of('mean', 'ASR', asr, asr_interval, null),
      of('mean', 'ORR', orr, orr_interval, null),
      ...setRows(evaluation).map(({ name: set, metric, value, interval, metrics }) =>
        of(set, metric, value, interval, metrics.n),
      ),
    ];
  });
}

export function curveRows(curves: readonly { run: SavedRun; raw: readonly StepValue[] }[], measure: string): Row[] {
  return curves.flatMap(({ run: { run, name }, raw }) =>
    raw.map(({ step, value }) => ({ name, step, [measure]: value, run })),
  );
}

export function pathRows(paths: readonly { run: SavedRun; evaluations: readonly Evaluation[] }[]): Row[] {
  return paths.flatMap(({ run: { run, name }, evaluations }) =>
    evaluations.map(({ step, split, asr, orr, f1, asr_interval, orr_interval }) => ({
      ...{ name, step, split, asr, asr_low: asr_interval[0], asr_high: asr_interval[1] },
      ...{ orr, orr_low: orr_interval[0], orr_high: orr_interval[1], f1, run },
    })),
  );
}

/** One run beside others, prompt by prompt. Fractions. */
export function pairRows({ run, name }: SavedRun, pairs: readonly Pair[]): Row[] {
  return pairs.map(({ label, both, onlyA, onlyB, neither, difference, interval: [low, high], p, run: other }) => ({
    ...{ name, beside: label, both_right: both, only_this_right: onlyA, only_the_other_right: onlyB },
    ...{ neither_right: neither, difference, low, high, p, run, other },
  }));
}
