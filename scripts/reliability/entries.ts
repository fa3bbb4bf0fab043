import type { Mode, Moment, Phase } from './moments';

/** A script has begun: with which commit of the repository, on what. */
export interface Begun {
  kind: 'begun';
  date: string;
  commit: string;
  on: string;
}

/** Something was killed while a run was trained. */
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
  /** In a browser: from the kill to where that was known. */
  seconds?: number;
  /** Where the GPU process was killed: what the page said, and whether the browser had to be opened anew. */
  advice?: string;
  restarted?: boolean;
  /** What should not be, in words. */
  faults: string[];
}

/** Something was tried that is not a kill. */
export interface Tried {
  kind: 'tried';
  what: string;
  /** What the page said. */
  said: string;
  faults: string[];
}

/** A run came to its end. */
export interface Finished {
  kind: 'finished';
  /** What was done to it since it was started. */
  kills: number;
  /** In what it is not the run that was never stopped. */
  differs: string[];
}

/** A script had to give a run up. */
export interface GivenUp {
  kind: 'given up';
  why: string;
}

/** What the scripts write down, a line each. */
export type Entry = Begun | Killed | Tried | Finished | GivenUp;

export type PartName = `browser-${Mode}` | 'cli' | 'gpu' | 'quota' | 'cleared';

/** Whether something is told that should not be. */
export function isBad(entry: Entry): boolean {
  switch (entry.kind) {
    case 'killed':
    case 'tried':
      return entry.faults.length > 0;
    case 'finished':
      return entry.differs.length > 0;
    case 'given up':
      return true;
    case 'begun':
      return false;
  }
}
