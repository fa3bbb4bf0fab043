/** Questions to a worker and its answers, for workers that are asked: what goes across, and who asks. */
import { WorkerError, type WireError } from './protocol';

/** All that a worker can be asked, and what it answers; an interface by kind. */
export type CallTable<Calls> = { [Kind in keyof Calls]: { asked: object; answer: unknown } };

export type Question<Calls extends CallTable<Calls>> = {
  [Kind in keyof Calls]: { kind: Kind; id: number } & Calls[Kind]['asked'];
}[keyof Calls];

/** `News` is what it says unasked. */
export type Answer<Calls extends CallTable<Calls>, News = never> =
  | { kind: 'answer'; id: number; value: Calls[keyof Calls]['answer'] }
  | { kind: 'error'; id: number; error: WireError }
  | { kind: 'news'; news: News }
  /** Of no question: the worker cannot go on. */
  | { kind: 'stopped'; error: WireError };

/** The part of `Worker` that is used. */
export type WorkerPort = Pick<Worker, 'postMessage' | 'addEventListener' | 'terminate'>;

interface Waiting {
  resolve: (value: never) => void;
  reject: (error: Error) => void;
}

/** Asks a worker and hears its answers, each once. Every error is a `WorkerError` under the name of its class there. */
export class WorkerCalls<Calls extends CallTable<Calls>, News = never> {
  readonly #port: WorkerPort;
  readonly #name: string;
  readonly #hear: (news: News) => void;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #fault: WireError | null = null;

  /** `name` is what the worker is called in messages. */
  constructor(port: WorkerPort, name: string, hear: (news: News) => void = () => undefined) {
    this.#port = port;
    this.#name = name;
    this.#hear = hear;
    port.addEventListener('message', ({ data }) => this.#receive(data as Answer<Calls, News>));
    port.addEventListener('error', (event) => this.#stop(event.message));
    port.addEventListener('messageerror', () => this.#stop('a message could not be read'));
  }

  ask<Kind extends keyof Calls>(kind: Kind, asked: Calls[Kind]['asked']): Promise<Calls[Kind]['answer']> {
    if (this.#fault) return Promise.reject(new WorkerError(this.#fault));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#port.postMessage({ ...asked, kind, id });
    });
  }

  /** Ends the worker and frees all that it holds; what is still asked for is rejected. */
  close(): void {
    this.#break({ name: 'WorkerClosedError', message: `${this.#name} was closed. Open it again.` });
  }

  #receive(answer: Answer<Calls, News>): void {
    if (answer.kind === 'news') {
      this.#hear(answer.news);
      return;
    }
    if (answer.kind === 'stopped') {
      this.#stop(answer.error.message);
      return;
    }
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.kind === 'answer') waiting?.resolve(answer.value as never);
    else waiting?.reject(new WorkerError(answer.error));
  }

  /** The worker did not load, or threw outside of any question. */
  #stop(why: string): void {
    const message = `${this.#name} stopped${why ? ` (${why})` : ''}. Open it again; what is saved is untouched.`;
    this.#break({ name: 'WorkerStoppedError', message });
  }

  /** Nothing will answer any more. */
  #break(fault: WireError): void {
    this.#fault ??= fault;
    this.#port.terminate();
    for (const { reject } of this.#waiting.values()) reject(new WorkerError(fault));
    this.#waiting.clear();
  }
}
