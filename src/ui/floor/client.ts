import type { FloorCall, FloorCalls, FloorEvent } from '../../../workers/floor/protocol';
import { WorkerError, type WireError } from '../../../workers/protocol';

/** The part of `Worker` that the client uses. */
export type FloorPort = Pick<Worker, 'postMessage' | 'addEventListener' | 'terminate'>;

/** What a dance says while it goes on. */
export type FloorNews = Exclude<FloorEvent, { kind: 'answer' | 'error' }>;

function startWorker(): FloorPort {
  return new Worker(new URL('../../../workers/floor/worker.ts', import.meta.url), { type: 'module', name: 'floor' });
}

/** The page's side of the floor's worker: asks, and hears the dance. */
export class FloorClient {
  readonly #port: FloorPort;
  readonly #hear: (news: FloorNews) => void;
  readonly #waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>();
  #lastId = 0;
  #fault: WireError | null = null;

  constructor(hear: (news: FloorNews) => void, port: FloorPort = startWorker()) {
    this.#port = port;
    this.#hear = hear;
    port.addEventListener('message', ({ data }) => this.#receive(data as FloorEvent));
    port.addEventListener('error', (event) => this.#break(event.message));
    port.addEventListener('messageerror', () => this.#break('a message could not be read'));
  }

  /** Resolves with the answer; rejects with an error under the name of its class in the worker. */
  call<Kind extends keyof FloorCalls>(kind: Kind, asks: FloorCalls[Kind]['asks']): Promise<FloorCalls[Kind]['gives']> {
    if (this.#fault) return Promise.reject(new WorkerError(this.#fault));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#port.postMessage({ ...asks, kind, id } as FloorCall);
    });
  }

  close(): void {
    this.#port.terminate();
  }

  #receive(event: FloorEvent): void {
    if (event.kind !== 'answer' && event.kind !== 'error') {
      this.#hear(event);
      return;
    }
    const waiting = this.#waiting.get(event.id);
    this.#waiting.delete(event.id);
    if (event.kind === 'answer') waiting?.resolve(event.answer as never);
    else waiting?.reject(new WorkerError(event.error));
  }

  /** The worker did not load, or threw outside of any call: nothing will answer any more. */
  #break(why: string): void {
    const message = `The floor's worker stopped${why ? ` (${why})` : ''}. Reload the page; saved runs are untouched.`;
    this.#fault = { name: 'WorkerStoppedError', message };
    for (const { reject } of this.#waiting.values()) reject(new WorkerError(this.#fault));
    this.#waiting.clear();
  }
}
