import { milestones, nameWith, totalSteps, withStages, type RunConfig } from '../../src/lab/config';
import type { KeptRun } from '../../src/lab/run/run-format';
import { withFreedSpace } from './with-freed-space';
import type { Neighbours } from './neighbours';
import type { Ports } from './ports';
import { REMOVAL_GRACE } from '../protocol/removal-grace';
import type { SavedHistory, SavedRuns } from '../protocol/runs';

const LONGEST_NAME = 120;

export class RunNameError extends Error {
  override name = 'RunNameError';

  constructor() {
    super(`A run's name has 1 to ${LONGEST_NAME} characters. It keeps the one that it has.`);
  }
}

export interface LibraryPorts extends Pick<Ports, 'store' | 'emit' | 'lock'> {
  neighbours: Neighbours;
}

/**
 * The saved runs, and what people do to them. Whatever changes one needs its lock; what only reads does not, as every
 * save is one transaction. `lock` lets a run that is open here pass, or the queue's.
 */
export class Library {
  readonly #store: Ports['store'];
  readonly #emit: Ports['emit'];
  readonly #lock: Ports['lock'];
  readonly #neighbours: Neighbours;

  constructor({ store, emit, lock, neighbours }: LibraryPorts) {
    this.#store = store;
    this.#emit = emit;
    this.#lock = lock;
    this.#neighbours = neighbours;
    neighbours.on('runs', () => this.#tellHere());
  }

  async list(): Promise<SavedRuns> {
    const { runs, aside } = await this.#store.list();
    const open = await this.#neighbours.open(() => this.#tellHere());
    const saved = runs.map(({ provenance: { adapter, build }, latest, ...run }) => {
      const rates = latest && { step: latest.step, asr: latest.asr, orr: latest.orr, f1: latest.f1 };
      return { ...run, adapter, build, latest: rates, elsewhere: open.has(run.run) };
    });
    return { saved, aside };
  }

  /** Tells the page, and other tabs. */
  async tell(): Promise<void> {
    this.#neighbours.tell('runs');
    await this.#tellHere();
  }

  async #tellHere(): Promise<void> {
    this.#emit({ kind: 'runs.saved', ...(await this.list()) });
  }

  /** Saves a run; where there is no room, what was deleted gives way. Answers whether anything of it was kept before. */
  async keep(kept: KeptRun): Promise<boolean> {
    const milestone = milestones(kept.config).includes(kept.step);
    const known = await withFreedSpace(this.#store, () => this.#store.save(kept, { milestone }));
    await this.tell();
    return known;
  }

  async rename(run: string, name: string): Promise<string> {
    const trimmed = name.trim();
    if (trimmed === '' || trimmed.length > LONGEST_NAME) throw new RunNameError();
    await this.#mark(run, { name: trimmed });
    return trimmed;
  }

  pin(run: string, on: boolean): Promise<void> {
    return this.#mark(run, { pinned: on });
  }

  /** A run that is not open any more. */
  async remove(run: string): Promise<void> {
    await this.purge();
    await this.#mark(run, { removedAt: Date.now() });
  }

  bringBack(run: string): Promise<void> {
    return this.#mark(run, { removedAt: null });
  }

  /** Forgets what was deleted long enough ago. */
  async purge(): Promise<void> {
    await this.#store.purge(Date.now() - REMOVAL_GRACE);
  }

  async fork(run: string, step: number, stages: RunConfig['stages']): Promise<void> {
    const from = await this.#store.load(run, step);
    const config = withStages(from.config, step, stages);
    await this.keep({
      ...from,
      ...{ run: crypto.randomUUID(), name: `${nameWith(config, from)} · from step ${step}`, config },
      finished: step >= totalSteps(config),
    });
  }

  async read(run: string): Promise<SavedHistory> {
    return await this.#store.history(run);
  }

  async #mark(run: string, marks: Parameters<Ports['store']['mark']>[1]): Promise<void> {
    const unlock = await this.#lock(run);
    try {
      await this.#store.mark(run, marks);
    } finally {
      unlock();
    }
    await this.tell();
  }
}
