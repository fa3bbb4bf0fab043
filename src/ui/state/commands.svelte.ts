import type { WorkerCalls } from '../../../workers/protocol/calls';
import type { WireError } from '../../../workers/protocol/errors';
import type { TrainerCalls, TrainerNews } from '../../../workers/protocol/trainer';
import { messageOf, type Problem } from './problem';

/** What the page needs of the trainer worker's client. */
export type Trainer = Pick<WorkerCalls<TrainerCalls, TrainerNews>, 'ask'>;

/** Starts the worker; `hear` is to be called with its news, `stopped` where it answers nothing any more. */
export type Connect = (hear: (news: TrainerNews) => void, stopped: (error: WireError) => void) => Trainer;

/** A click has been sent and has not taken effect yet: calls wait for the phase in hand. */
export type Pending = 'start' | 'pause' | 'resume' | 'step' | 'stop' | 'restore' | 'import' | null;

/** How a call is to be told of. */
export interface Told {
  pending?: Exclude<Pending, null>;
  /** What is safe where it fails; what is left out is the run on the page. */
  kept?: string;
  /** Called once the worker has taken it, which may be before it is done. */
  taken?: () => void;
}

/** An answer, apart from none. */
export interface Answered<Value> {
  value: Value;
}

type Answers<Kind extends keyof TrainerCalls> = Promise<Answered<TrainerCalls[Kind]['answer']> | null>;

/** What commands need of the session that gives them. */
export interface CommandsPorts {
  connect: () => Trainer;
  /** A command failed: what was under way comes to nothing. */
  settle: () => void;
  /** What is safe, whatever went wrong. */
  kept: () => string;
  /** The way back to a GPU that is gone. A problem that has it is not over before the GPU is there. */
  wayBack: () => Problem['remedy'];
}

/** What the page's topics ask of the trainer. A call that fails, however late, is told to the visitor under its title. */
export type Asks = Pick<Commands, 'ask' | 'do'>;

/** Calls on their way to the trainer, which starts when it is first needed, and what went wrong last. */
export class Commands {
  pending = $state<Pending>(null);
  problem = $state.raw<Problem | null>(null);
  readonly #ports: CommandsPorts;
  #trainer: Trainer | null = null;

  constructor(ports: CommandsPorts) {
    this.#ports = ports;
  }

  /** Null where it was not needed yet. */
  get trainer(): Trainer | null {
    return this.#trainer;
  }

  connect(): Trainer {
    return (this.#trainer ??= this.#ports.connect());
  }

  /** Asks what changes nothing: a problem on show, and what is under way, are left alone. Null where that failed. */
  async ask<Kind extends keyof TrainerCalls>(
    kind: Kind,
    asked: TrainerCalls[Kind]['asked'],
    title: string,
    { kept, taken }: Told = {},
  ): Answers<Kind> {
    try {
      return { value: await this.connect().ask(kind, asked, taken) };
    } catch (error) {
      this.report(title, error, kept);
      return null;
    }
  }

  /** Does what the visitor wants next: it takes the place of a problem on show. Null where it failed. */
  async do<Kind extends keyof TrainerCalls>(
    kind: Kind,
    asked: TrainerCalls[Kind]['asked'],
    title: string,
    { pending, kept, taken }: Told = {},
  ): Answers<Kind> {
    if (pending) this.pending = pending;
    const before = this.problem;
    const heard = () => {
      taken?.();
      // What went wrong meanwhile stays on show.
      if (this.problem === before && !this.#ports.wayBack()) this.problem = null;
    };
    const answered = await this.ask(kind, asked, title, { ...(kept !== undefined && { kept }), taken: heard });
    if (answered) heard();
    else this.#ports.settle();
    return answered;
  }

  /** The same, for what takes long: whether the worker took it, whatever then comes of it. */
  take<Kind extends keyof TrainerCalls>(
    kind: Kind,
    asked: TrainerCalls[Kind]['asked'],
    title: string,
    told: Omit<Told, 'taken'> = {},
  ): Promise<boolean> {
    return new Promise((resolve) => {
      const done = this.do(kind, asked, title, { ...told, taken: () => resolve(true) });
      void done.then((answered) => resolve(answered !== null));
    });
  }

  /** Whatever is told while there is no GPU, the way back to it is there. */
  report(title: string, error: unknown, kept = this.#ports.kept()): void {
    const remedy = this.#ports.wayBack();
    this.problem = { title, message: messageOf(error), kept, ...(remedy && { remedy }) };
  }
}
