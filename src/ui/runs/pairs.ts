import type { SavedRun } from '../../../workers/protocol/runs';
import { compareRuns, type RunMeasurement } from '../../lab/run/measured';
import type { PairedComparison } from '../../statistics/paired';
import type { RunHistory } from '../state/library.svelte';

interface Read {
  run: SavedRun;
  history: RunHistory;
}

export type Pair = { run: string; label: string } & PairedComparison;

/** A run beside the others as they stand, and the names of those that were not measured on the same prompts. */
export function pairedWith(first: Read, runs: readonly Read[]): { pairs: Pair[]; apart: string[] } {
  const own = standing(first);
  const pairs: Pair[] = [];
  const apart: string[] = [];
  for (const other of runs) {
    if (other.run.run === first.run.run) continue;
    const theirs = standing(other);
    const compared = own && theirs && compareRuns(own, theirs);
    if (compared) pairs.push({ run: other.run.run, label: other.run.name, ...compared });
    else apart.push(other.run.name);
  }
  return { pairs, apart };
}

/** What was measured prompt by prompt of the agents as they are now; null where nothing was. */
function standing({ run: { step }, history: { measured } }: Read): RunMeasurement | null {
  return measured.findLast(({ evaluation }) => evaluation.step === step) ?? null;
}
