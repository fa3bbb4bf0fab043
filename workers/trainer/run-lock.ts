/** The run is being trained by another tab. */
export class RunLockedError extends Error {
  override name = 'RunLockedError';

  constructor() {
    super('This run is open in another tab, and two would overwrite each other. Close it there, then try again.');
  }
}

/**
 * Takes a run for this tab (one Web Lock per run; the browser lets go of it when the tab closes). Returns what gives it
 * back. Throws `RunLockedError` at once if another tab has it.
 */
export async function lockRun(run: string, locks: Pick<LockManager, 'request'> = navigator.locks): Promise<() => void> {
  return await new Promise((resolve, reject) => {
    const held = locks.request(`waltz run ${run}`, { ifAvailable: true }, (lock) => {
      if (!lock) throw new RunLockedError();
      return new Promise<void>((release) => resolve(release));
    });
    held.catch(reject);
  });
}
