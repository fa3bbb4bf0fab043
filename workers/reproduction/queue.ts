import type { Ports } from '../ports';
import type { ReproductionOrder } from '../protocol';
import { RunLockedError } from '../run-lock';
import type { KeptQueue } from './store';

export class QueueLockedError extends Error {
  override name = 'QueueLockedError';

  constructor() {
    super('Another tab has the queue in hand. Close that tab, then try again: two queues would share one GPU.');
  }
}

export class NoQueueError extends Error {
  override name = 'NoQueueError';

  constructor() {
    super('There is no queue. Choose tables, then start one.');
  }
}

/** The queue as it is kept, and whether this tab or another one has it in hand. */
export class Queue {
  readonly #ports: Pick<Ports, 'lock' | 'reproductions'>;
  /** Gives it back; null while it is not in hand. */
  #unlock: (() => void) | null = null;
  #elsewhere = false;

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

  /** Answers whether it is in hand now: another tab may have it. */
  async take(): Promise<boolean> {
    try {
      this.#unlock ??= await this.#ports.lock('queue');
    } catch (error) {
      if (!(error instanceof RunLockedError)) throw error;
    }
    this.#elsewhere = !this.held;
    return this.held;
  }

  async keep(order: ReproductionOrder, running: boolean): Promise<void> {
    await this.#ports.reproductions.keepQueue({ order, running });
  }

  /** It is done, or not wanted any more. Throws `NoQueueError` where it is not in hand. */
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
