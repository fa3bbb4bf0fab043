import type { SavedRun } from '../../../workers/protocol/runs';

/** The run that can go on here: the tab's own where it can, or else the latest. One that another tab has open cannot. */
export function waitingRun(saved: readonly SavedRun[], own: string | null): SavedRun | null {
  const waiting = saved.filter(({ finished, step, elsewhere }) => !finished && step > 0 && !elsewhere);
  return waiting.find(({ run }) => run === own) ?? latest(waiting);
}

/** The latest run that another tab has open. */
export function runElsewhere(saved: readonly SavedRun[]): SavedRun | null {
  return latest(saved.filter(({ elsewhere }) => elsewhere));
}

function latest(runs: readonly SavedRun[]): SavedRun | null {
  return runs.reduce<SavedRun | null>((best, run) => (best && best.savedAt > run.savedAt ? best : run), null);
}
