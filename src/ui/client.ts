import { WorkerError, type Command, type CommandBody, type Event, type WireError } from '../../workers/protocol';

/** The part of `Worker` that the client uses. */
export type TrainerPort = Pick<Worker, 'postMessage' | 'addEventListener' | 'terminate'>;

function startWorker(): TrainerPort {
  return new Worker(new URL('../../workers/trainer.ts', import.meta.url), { type: 'module', name: 'trainer' });
}

/** The page's side of the trainer worker: sends commands, hears events. */
export class TrainerClient {
  readonly #port: TrainerPort;
  readonly #listeners = new Set<(event: Event) => void>();
  readonly #waiting = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  #lastId = 0;
  #fault: WireError | null = null;

  constructor(port: TrainerPort = startWorker()) {
    this.#port = port;
    port.addEventListener('message', ({ data }) => this.#receive(data as Event));
    port.addEventListener('error', (event) => this.#break(event.message));
    port.addEventListener('messageerror', () => this.#break('a message could not be read'));
  }

  /** Resolves when the worker acknowledges; rejects with a `WorkerError` if it refuses. */
  send(body: CommandBody): Promise<void> {
    if (this.#fault) return Promise.reject(new WorkerError(this.#fault));
    const command: Command = { ...body, id: ++this.#lastId };
    return new Promise((resolve, reject) => {
      this.#waiting.set(command.id, { resolve, reject });
      this.#port.postMessage(command);
    });
  }

  /** Calls back with every event from now on; returns what ends that. */
  subscribe(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#port.terminate();
  }

  #receive(event: Event): void {
    if ((event.kind === 'ack' || event.kind === 'error') && event.id !== null) {
      const waiting = this.#waiting.get(event.id);
      this.#waiting.delete(event.id);
      if (event.kind === 'ack') waiting?.resolve();
      else waiting?.reject(new WorkerError(event.error));
    }
    for (const listener of this.#listeners) listener(event);
  }

  /** The worker did not load or threw outside of any command: nothing will answer any more. */
  #break(why: string): void {
    const message = `The training worker stopped${why ? ` (${why})` : ''}. Reload the page; saved runs are untouched.`;
    this.#fault = { name: 'WorkerStoppedError', message };
    for (const { reject } of this.#waiting.values()) reject(new WorkerError(this.#fault));
    this.#waiting.clear();
    this.#receive({ kind: 'error', id: null, error: this.#fault });
  }
}
