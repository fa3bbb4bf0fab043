/** Reads hostile files in a worker that is ended where it takes too long. */
import { Worker } from 'node:worker_threads';
import type { Case, Outcome } from './case';

/** Milliseconds that one file may take, and MB of memory that the worker has. */
export const LIMIT = 10_000;
const MEMORY = 1500;

export interface Watched {
  outcome: Outcome | { hung: true; why: string };
  milliseconds: number;
}

export class WatchedReader {
  readonly #script: string;
  #worker: Worker;

  /** `script` is the worker's, as JavaScript. */
  constructor(script: string) {
    this.#script = script;
    this.#worker = this.#begin();
  }

  async read(one: Case): Promise<Watched> {
    const start = performance.now();
    const worker = this.#worker;
    const outcome = await new Promise<Watched['outcome']>((resolve) => {
      const heard = (outcome: Outcome) => end(outcome);
      const failed = (error: unknown) => end({ hung: true, why: String(error) });
      const end = (outcome: Watched['outcome']) => {
        clearTimeout(clock);
        worker.off('message', heard).off('error', failed);
        resolve(outcome);
      };
      const clock = setTimeout(() => end({ hung: true, why: `it took more than ${LIMIT} ms` }), LIMIT);
      worker.on('message', heard).on('error', failed);
      worker.postMessage(one);
    });
    if ('hung' in outcome) {
      await worker.terminate();
      this.#worker = this.#begin();
    }
    return { outcome, milliseconds: performance.now() - start };
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #begin(): Worker {
    return new Worker(this.#script, { resourceLimits: { maxOldGenerationSizeMb: MEMORY } });
  }
}
