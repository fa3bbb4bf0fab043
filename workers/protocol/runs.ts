/** What crosses of the saved runs. */
import type { AsideRun } from '../../src/checkpoint/store';
import type { RunConfig } from '../../src/lab/config';
import type { Evaluation } from '../../src/waltz/learn/metrics';

export interface SavedRun {
  run: string;
  name: string;
  config: RunConfig;
  step: number;
  /** Milliseconds since the epoch. */
  savedAt: number;
  finished: boolean;
  pinned: boolean;
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
