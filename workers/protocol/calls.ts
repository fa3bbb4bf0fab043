/** Questions to a worker and its answers, for workers that are asked: what goes across, and who asks. */
import { WorkerError, type WireError } from './errors';

/** All that a worker can be asked, and what it answers; an interface by kind. */
export type CallTable<Calls> = { [Kind in keyof Calls]: { asked: object; answer: unknown } };

/** What carries out each question. */
export type Handlers<Calls extends CallTable<Calls>> = {
  [Kind in keyof Calls]: (asked: Calls[Kind]['asked']) => Promise<Calls[Kind]['answer']>;
};

export type Question<Calls extends CallTable<Calls>> = {
  [Kind in keyof Calls]: { kind: Kind; id: number } & Calls[Kind]['asked'];
}[keyof Calls];

/** `News` is what it says unasked. */
export type Answer<Calls extends CallTable<Calls>, News = never> =
  /** Of a question whose answer takes longer than `PATIENCE`; the answer or the error follows. */
  | { kind: 'taken'; id: number }
  | { kind: 'answer'; id: number; value: Calls[keyof Calls]['answer'] }
  | { kind: 'error'; id: number; error: WireError }
  | { kind: 'news'; news: News }
  /** Of no question: the worker cannot go on. */
  | { kind: 'stopped'; error: WireError };

/** Milliseconds after which a question is answered or told to be taken; the page counts on 250. */
export const PATIENCE = 200;

/** The part of `Worker` that is used. */
export type WorkerPort = Pick<Worker, 'postMessage' | 'addEventListener' | 'terminate'>;

interface Waiting {
  resolve: (value: never) => void;
  reject: (error: Error) => void;
  taken: () => void;
}

/** Promises of answers, by the ids under which they were asked for; each is kept or refused once. */
class Promised {
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #fault: WireError | null = null;

  /** `send` asks under the id that it is given, or is not called any more once `stop` was. */
  ask<Value>(send: (id: number) => void, taken: () => void): Promise<Value> {
    if (this.#fault) return Promise.reject(new WorkerError(this.#fault));
    const id = ++this.#lastId;
    return new Promise<Value>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, taken });
      send(id);
    });
  }

  taken(id: number): void {
    this.#waiting.get(id)?.taken();
  }

  keep(id: number, value: unknown): void {
    this.#take(id)?.resolve(value as never);
  }

  refuse(id: number, error: WireError): void {
    this.#take(id)?.reject(new WorkerError(error));
  }

  /** Nothing will answer any more. */
  stop(fault: WireError): void {
    this.#fault ??= fault;
    for (const { reject } of this.#waiting.values()) reject(new WorkerError(fault));
    this.#waiting.clear();
  }

  #take(id: number) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}

/** What there is to do about a worker that stopped, and who is told, whether or not anything was asked for. */
export interface WorkerEnd {
  remedy: string;
  tell: (error: WireError) => void;
}

const openAgain: WorkerEnd = { remedy: 'Open it again', tell: () => undefined };

/** Asks a worker and hears its answers, each once. Every error is a `WorkerError` under the name of its class there. */
export class WorkerCalls<Calls extends CallTable<Calls>, News = never> {
  readonly #port: WorkerPort;
  readonly #name: string;
  readonly #hear: (news: News) => void;
  readonly #end: WorkerEnd;
  readonly #promised = new Promised();

  /** `name` is what the worker is called in messages. */
  constructor(port: WorkerPort, name: string, hear: (news: News) => void = () => undefined, end = openAgain) {
    this.#port = port;
    this.#name = name;
    this.#hear = hear;
    this.#end = end;
    port.addEventListener('message', ({ data }) => this.#receive(data as Answer<Calls, News>));
    port.addEventListener('error', (event) => this.#stop(event.message));
    port.addEventListener('messageerror', () => this.#stop('a message could not be read'));
  }

  /** `taken` is called where the answer takes its time, once the worker has heard the question. */
  ask<Kind extends keyof Calls>(
    kind: Kind,
    asked: Calls[Kind]['asked'],
    taken: () => void = () => undefined,
  ): Promise<Calls[Kind]['answer']> {
    return this.#promised.ask((id) => this.#port.postMessage({ ...asked, kind, id }), taken);
  }

  /** Ends the worker and frees all that it holds; what is still asked for is rejected. */
  close(): void {
    this.#break({ name: 'WorkerClosedError', message: `${this.#name} was closed. Open it again.` });
  }

  #receive(answer: Answer<Calls, News>): void {
    if (answer.kind === 'news') this.#hear(answer.news);
    else if (answer.kind === 'stopped') this.#stop(answer.error.message);
    else if (answer.kind === 'taken') this.#promised.taken(answer.id);
    else if (answer.kind === 'answer') this.#promised.keep(answer.id, answer.value);
    else this.#promised.refuse(answer.id, answer.error);
  }

  /** The worker did not load, or threw outside of any question. */
  #stop(why: string): void {
    const message = `${this.#name} stopped${why ? ` (${why})` : ''}. ${this.#end.remedy}; what is saved is untouched.`;
    const error = { name: 'WorkerStoppedError', message };
    this.#break(error);
    this.#end.tell(error);
  }

  /** Nothing will answer any more. */
  #break(fault: WireError): void {
    this.#port.terminate();
    this.#promised.stop(fault);
  }
}
