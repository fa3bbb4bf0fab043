/** Questions to a worker and its answers, for workers that are asked: what goes across, and who asks. */
import { WorkerError, type WireError } from './errors';

/** All that a worker can be asked, and what it answers; an interface by kind. */
export type CallTable<Calls> = { [Kind in keyof Calls]: { asked: object; answer: unknown } };

/** What carries out each question. */
export type Handlers<Calls extends CallTable<Calls>> = {
  [Kind in keyof Calls]: (asked: Calls[Kind]['asked']) => Calls[Kind]['answer'] | Promise<Calls[Kind]['answer']>;
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
  /** The worker has loaded, and begins with what it was asked. */
  | { kind: 'ready' }
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
  /** Told whenever another question, or none, is the oldest without an answer. */
  readonly #turn: (oldest: number | null) => void;
  #lastId = 0;
  #fault: WireError | null = null;

  constructor(turn: (oldest: number | null) => void) {
    this.#turn = turn;
  }

  get oldest(): number | null {
    for (const id of this.#waiting.keys()) return id;
    return null;
  }

  /** `send` asks under the id that it is given, or is not called any more once `stop` was. */
  ask<Value>(send: (id: number) => void, taken: () => void): Promise<Value> {
    if (this.#fault) return Promise.reject(new WorkerError(this.#fault));
    const id = ++this.#lastId;
    return new Promise<Value>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, taken });
      send(id);
      if (this.oldest === id) this.#turn(id);
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
    this.#turn(null);
  }

  #take(id: number) {
    const waiting = this.#waiting.get(id);
    const { oldest } = this;
    this.#waiting.delete(id);
    if (oldest === id) this.#turn(this.oldest);
    return waiting;
  }
}

/** What there is to do about a worker that stopped, and who is told, whether or not anything was asked for. */
export interface WorkerEnd {
  remedy: string;
  tell: (error: WireError) => void;
}

const openAgain: WorkerEnd = { remedy: 'Open it again', tell: () => undefined };

/** How long a worker may take that runs what a stranger wrote. */
export interface TimeLimit<Calls extends CallTable<Calls>> {
  /** Milliseconds for one question, counted from where the worker has loaded and has answered those before it. */
  of: (question: Question<Calls>) => number;
  /** Why the worker was ended, after so many milliseconds. */
  fault: (milliseconds: number) => WireError;
}

interface CallsOptions<Calls extends CallTable<Calls>, News> {
  hear?: (news: News) => void;
  end?: WorkerEnd;
  /** A worker that takes longer is ended; one that answers its questions in their order. None if left out. */
  limit?: TimeLimit<Calls>;
}

/** Asks a worker and hears its answers, each once. Every error is a `WorkerError` under the name of its class there. */
export class WorkerCalls<Calls extends CallTable<Calls>, News = never> {
  readonly #port: WorkerPort;
  readonly #name: string;
  readonly #hear: (news: News) => void;
  readonly #end: WorkerEnd;
  readonly #limit: TimeLimit<Calls> | null;
  readonly #promised = new Promised((id) => this.#watch(id));
  /** Milliseconds for each question that waits, by its id. */
  readonly #limits = new Map<number, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ready = false;

  /** `name` is what the worker is called in messages. */
  constructor(
    port: WorkerPort,
    name: string,
    { hear = () => undefined, end = openAgain, limit }: CallsOptions<Calls, News> = {},
  ) {
    this.#port = port;
    this.#name = name;
    this.#hear = hear;
    this.#end = end;
    this.#limit = limit ?? null;
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
    return this.#promised.ask((id) => {
      const question = { ...asked, kind, id } as Question<Calls>;
      if (this.#limit) this.#limits.set(id, this.#limit.of(question));
      this.#port.postMessage(question);
    }, taken);
  }

  /** Ends the worker and frees all that it holds; what is still asked for is rejected. */
  close(): void {
    this.#break({ name: 'WorkerClosedError', message: `${this.#name} was closed. Open it again.` });
  }

  #receive(answer: Answer<Calls, News>): void {
    if (answer.kind === 'news') this.#hear(answer.news);
    else if (answer.kind === 'ready') this.#begin();
    else if (answer.kind === 'stopped') this.#stop(answer.error.message);
    else if (answer.kind === 'taken') this.#promised.taken(answer.id);
    else if (answer.kind === 'answer') this.#promised.keep(answer.id, answer.value);
    else this.#promised.refuse(answer.id, answer.error);
  }

  #begin(): void {
    this.#ready = true;
    this.#watch(this.#promised.oldest);
  }

  /** The clock runs for the question that the worker is at. */
  #watch(id: number | null): void {
    clearTimeout(this.#timer);
    if (!this.#limit || !this.#ready || id === null) return;
    const { fault } = this.#limit;
    const milliseconds = this.#limits.get(id) ?? 0;
    this.#limits.delete(id);
    this.#timer = setTimeout(() => this.#break(fault(milliseconds)), milliseconds);
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
