/** What crosses of the saved runs. None of it needs a GPU. */
import type { AsideRun } from '../../src/checkpoint/store';
import type { RunConfig } from '../../src/lab/config';
import type { RunMeasurement } from '../../src/lab/run/measured';
import type { Evaluation, StepMetrics } from '../../src/waltz/learn/metrics';

export interface SavedRun {
  run: string;
  name: string;
  config: RunConfig;
  step: number;
  /** Milliseconds since the epoch. */
  savedAt: number;
  finished: boolean;
  pinned: boolean;
  /** Another tab has it open. */
  elsewhere: boolean;
  /** What computed it. */
  adapter: string;
  build: string;
  latest: Pick<Evaluation, 'step' | 'asr' | 'orr' | 'f1'> | null;
  /** Steps at which it can be forked, in order; the last is `step`. */
  checkpoints: number[];
}

/** What is in the store, whether or not it can be opened. */
export interface SavedRuns {
  saved: SavedRun[];
  aside: AsideRun[];
}

/** A run's history as it is saved. */
export interface SavedHistory {
  metrics: StepMetrics[];
  evaluations: Evaluation[];
  measured: RunMeasurement[];
}

export interface RunsCalls {
  'runs.list': { asked: object; answer: SavedRuns };
  'runs.read': { asked: { run: string }; answer: SavedHistory };
  'runs.rename': { asked: { run: string; name: string }; answer: null };
  'runs.pin': { asked: { run: string; on: boolean }; answer: null };
  /** Deletes a run, the open one too. It can be brought back for `REMOVAL_GRACE` at least. */
  'runs.remove': { asked: { run: string }; answer: null };
  'runs.bring-back': { asked: { run: string }; answer: null };
  /** Saves a new run that begins at a kept checkpoint of this one, its stages as long as said. Nothing is opened. */
  'runs.fork': { asked: { run: string; step: number; stages: RunConfig['stages'] }; answer: null };
}

/** After every change, here or in another tab, and when the GPU is opened. */
export type RunsNews = { kind: 'runs.saved' } & SavedRuns;
