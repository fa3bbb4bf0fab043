import type { Ports } from '../ports';
import type { ReproductionOrder } from '../../../src/lab/reproduction/order';
import { RunLockedError } from '../run-lock';
import type { KeptQueue } from './store';

export class QueueLockedError extends Error {
  override name = 'QueueLockedError';

  constructor() {
    super('Another tab works on the queue. Close that tab, then try again: two queues would share one GPU.');
  }
}

export class NoQueueError extends Error {
  override name = 'NoQueueError';

  constructor() {
    super('There is no queue. Choose tables, then start one.');
  }
}

/** It ends its tab each time that it goes on, it seems: a page would do that at every reload. */
export class QueueStuckError extends Error {
  override name = 'QueueStuckError';

  constructor() {
    super(
      `The queue of the Reproduce page got no further the last ${MOST_TRIES} times that this page went on with it, so it waits. ` +
        'Resume it there to try again, or cancel it: what is done stays.',
    );
  }
}

const MOST_TRIES = 3;

/** The queue as it is kept, and whether this tab or another one works on it. */
export class Queue {
  readonly #ports: Pick<Ports, 'lock' | 'reproductions'>;
  /** Gives it back; null while this tab does not work on it. */
  #unlock: (() => void) | null = null;
  #elsewhere = false;
  #tries = 0;

  constructor(ports: Pick<Ports, 'lock' | 'reproductions'>) {
    this.#ports = ports;
  }

  get held(): boolean {
    return this.#unlock !== null;
  }

  /** Another tab had it when it was last asked for. */
  get elsewhere(): boolean {
    return this.#elsewhere;
  }

  /** Null where there is none. Throws `QueueUnreadableError`. */
  async kept(): Promise<KeptQueue | null> {
    this.#elsewhere = false;
    return await this.#ports.reproductions.queue();
  }

  /** Answers whether this tab works on it now: another tab may have it. */
  async take(): Promise<boolean> {
    try {
      this.#unlock ??= await this.#ports.lock('queue');
    } catch (error) {
      if (!(error instanceof RunLockedError)) throw error;
    }
    this.#elsewhere = !this.held;
    return this.held;
  }

  /** As a visitor wants it. */
  async keep(order: ReproductionOrder, running: boolean): Promise<void> {
    await this.#keep({ order, running, tries: 0 });
  }

  /** It goes on unasked. Throws `QueueStuckError` where that was of no use the last times. */
  async retry({ order, tries }: KeptQueue): Promise<void> {
    if (tries >= MOST_TRIES) {
      await this.#keep({ order, running: false, tries: 0 });
      throw new QueueStuckError();
    }
    await this.#keep({ order, running: true, tries: tries + 1 });
  }

  /** It got further than it was. */
  async further(order: ReproductionOrder): Promise<void> {
    if (this.#tries > 0) await this.keep(order, true);
  }

  async #keep(queue: KeptQueue): Promise<void> {
    this.#tries = queue.tries;
    await this.#ports.reproductions.keepQueue(queue);
  }

  /** It is done, or not wanted any more. Throws `NoQueueError` where this tab does not work on it. */
  async forget(): Promise<void> {
    const unlock = this.#unlock;
    if (!unlock) throw new NoQueueError();
    // First, so that no pause writes it again.
    this.#unlock = null;
    try {
      await this.#ports.reproductions.keepQueue(null);
    } finally {
      unlock();
    }
  }
}
