/** The run is being trained by another tab. */
export class RunLockedError extends Error {
  override name = 'RunLockedError';

  constructor() {
    super('This run is open in another tab, and two would overwrite each other. Close it there, then try again.');
  }
}

type Locks = Pick<LockManager, 'request' | 'query'>;

const PREFIX = 'waltz run ';

/** Which tab has which run: one Web Lock a run, which the browser lets go of when the tab closes. */
export class RunLocks {
  readonly #locks: Locks | null;
  /** Until the browser itself has let go. */
  readonly #ours = new Set<string>();

  /** A page that came over plain http has no locks, and no GPU to train with. */
  constructor(locks: Locks | null = isSecureContext ? navigator.locks : null) {
    this.#locks = locks;
  }

  /** Takes a run for this tab, and returns what gives it back. Throws `RunLockedError` at once if another tab has it. */
  async take(run: string): Promise<() => void> {
    const locks = this.#locks;
    if (!locks) return () => undefined;
    return await new Promise((resolve, reject) => {
      const held = locks.request(PREFIX + run, { ifAvailable: true }, (lock) => {
        if (!lock) throw new RunLockedError();
        this.#ours.add(run);
        return new Promise<void>((release) => resolve(release));
      });
      held.then(() => this.#ours.delete(run), reject);
    });
  }

  /** Runs that other tabs have. */
  async elsewhere(): Promise<ReadonlySet<string>> {
    const before = [...this.#ours];
    const { held = [] } = (await this.#locks?.query()) ?? {};
    const runs = held.flatMap(({ name }) => (name?.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : []));
    return new Set(runs.filter((run) => !this.#ours.has(run) && !before.includes(run)));
  }
}
