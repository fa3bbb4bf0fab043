import { mean } from '../../waltz/evaluate/summary';
import { totalSteps } from '../run/stages';
import type { History, Result } from './result';

/** Figures that drift where the rewards let them (docs/algorithm.md, Weak spots). */
const driftFigures = ['label_accuracy', 'trigger_rate', 'improved', 'worsened', 'json_errors'] as const;
export type DriftFigure = (typeof driftFigures)[number];

/** Over several seeds, one value a window of steps. Fractions. */
export interface Band {
  mean: number[];
  low: number[];
  high: number[];
}

export interface Drift {
  /** Steps of training, and those of stage 1. */
  total: number;
  one: number;
  seeds: number;
  /** The middle of each window. */
  steps: number[];
  figures: Record<DriftFigure, Band>;
}

/** A picture of a few hundred pixels shows no more, and a step's batch alone is noisy. */
const WINDOWS = 40;

/** How training went, from the seeds that there are: their means and their range. Null where nobody gave feedback. */
export function driftOf(results: readonly Pick<Result, 'config' | 'history'>[]): Drift | null {
  const histories = results.flatMap(({ history }) => history ?? []);
  if (histories.length === 0 || histories.some(({ label_accuracy }) => label_accuracy.includes(null))) return null;
  const [{ config }] = results;
  const total = totalSteps(config);
  const count = Math.min(WINDOWS, total);
  const edges = Array.from({ length: count + 1 }, (_, i) => Math.round((i * total) / count));
  const windows = edges.slice(1).map((end, i): [number, number] => [edges[i], end]);
  return {
    ...{ total, one: config.stages.one, seeds: histories.length },
    steps: windows.map(([start, end]) => (start + 1 + end) / 2),
    figures: Object.fromEntries(driftFigures.map((figure) => [figure, bandOf(histories, figure, windows)])) as Record<
      DriftFigure,
      Band
    >,
  };
}

function bandOf(histories: readonly History[], figure: DriftFigure, windows: readonly [number, number][]): Band {
  const band: Band = { mean: [], low: [], high: [] };
  for (const [start, end] of windows) {
    const each = histories.map((history) => mean(history[figure].slice(start, end).map((value) => value ?? 0)));
    band.mean.push(mean(each));
    band.low.push(Math.min(...each));
    band.high.push(Math.max(...each));
  }
  return band;
}
