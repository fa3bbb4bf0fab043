import { Promised, type WorkerPort } from '../../workers/protocol/calls';
import type { Command, CommandBody, Event } from '../../workers/protocol/trainer';

function startWorker(): WorkerPort {
  return new Worker(new URL('../../workers/trainer/trainer.ts', import.meta.url), { type: 'module', name: 'trainer' });
}

/** The page's side of the trainer worker: sends commands, hears events. */
export class TrainerClient {
  readonly #port: WorkerPort;
  readonly #listeners = new Set<(event: Event) => void>();
  readonly #promised = new Promised();

  constructor(port: WorkerPort = startWorker()) {
    this.#port = port;
    port.addEventListener('message', ({ data }) => this.#receive(data as Event));
    port.addEventListener('error', (event) => this.#break(event.message));
    port.addEventListener('messageerror', () => this.#break('a message could not be read'));
  }

  /** Resolves when the worker acknowledges; rejects with a `WorkerError` if it refuses. */
  send(body: CommandBody): Promise<void> {
    return this.#promised.ask((id) => this.#port.postMessage({ ...body, id } satisfies Command));
  }

  /** Calls back with every event from now on; returns what ends that. */
  subscribe(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #receive(event: Event): void {
    if (event.kind === 'ack') this.#promised.keep(event.id, undefined);
    else if (event.kind === 'error' && event.id !== null) this.#promised.refuse(event.id, event.error);
    for (const listener of this.#listeners) listener(event);
  }

  /** The worker did not load or threw outside of any command: nothing will answer any more. */
  #break(why: string): void {
    const message = `The training worker stopped${why ? ` (${why})` : ''}. Reload the page; saved runs are untouched.`;
    const error = { name: 'WorkerStoppedError', message };
    this.#promised.stop(error);
    this.#receive({ kind: 'error', id: null, of: null, error });
  }
}
