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
      const clock = setTimeout(() => resolve({ hung: true, why: `it took more than ${LIMIT} ms` }), LIMIT);
      const end = (outcome: Watched['outcome']) => {
        clearTimeout(clock);
        resolve(outcome);
      };
      worker.once('message', (outcome: Outcome) => end(outcome));
      worker.once('error', (error) => end({ hung: true, why: String(error) }));
      worker.postMessage(one);
    });
    worker.removeAllListeners();
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
