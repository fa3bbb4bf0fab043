import type { Mode, Moment, Phase } from './moments';

/** What the scripts write down, a line each. */
export interface Killed {
  kind: 'killed';
  /** Counted from 0 over all of a part. */
  number: number;
  phase: Phase;
  moment: Moment;
  /** The last step that was said to be saved, null where there was none. */
  said: number | null;
  /** The last step that was told. */
  made: number;
  /** The step at which the run was there again, null where it was not. */
  found: number | null;
  /** From the kill to where that was known. */
  seconds: number;
  /** What should not be, in words. */
  faults: string[];
}

/** A run came to its end. */
export interface Finished {
  kind: 'finished';
  /** Kills since it was started. */
  kills: number;
  /** In what it is not the run that was never stopped. */
  differs: string[];
}

/** A script had to give a run up. */
export interface GivenUp {
  kind: 'given up';
  why: string;
}

/** What was killed, with which commit of the repository and which browser. */
export interface Begun {
  kind: 'begun';
  date: string;
  commit: string;
  with: string;
}

export type Entry = Begun | Killed | Finished | GivenUp;

export type PartName = `browser-${Mode}` | 'cli' | 'gpu';
