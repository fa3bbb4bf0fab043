import type { CommandBody, Event } from '../../../workers/protocol/trainer';
import { messageOf, type Problem } from './problem';

/** What the page needs of the trainer worker's client. */
export interface Trainer {
  /** Resolves when the worker acknowledges, rejects with its typed error. */
  send(command: CommandBody): Promise<void>;
  subscribe(listener: (event: Event) => void): () => void;
}

/** A click has been sent and has not taken effect yet: commands wait for the phase in hand. */
export type Pending = 'start' | 'pause' | 'resume' | 'step' | 'stop' | 'restore' | 'import' | null;

/** Commands that only ask, and change nothing that a problem on show is about. */
const asks = new Set<CommandBody['kind']>([
  'runs.list',
  'runs.read',
  'guests.list',
  'import.look',
  'import.drop',
  'reproduce.open',
]);

/** What commands need of the session that gives them. */
export interface CommandsPorts {
  connect: () => Trainer;
  hear: (event: Event) => void;
  /** A command was refused: what was under way comes to nothing. */
  settle: () => void;
  /** What is safe, whatever went wrong. */
  kept: () => string;
  /** The way back to a GPU that is gone. A problem that has it is not over before the GPU is there. */
  wayBack: () => Problem['remedy'];
}

/** Commands on their way to the trainer, which starts when it is first needed, and what went wrong last. */
export class Commands {
  pending = $state<Pending>(null);
  problem = $state.raw<Problem | null>(null);
  readonly #ports: CommandsPorts;
  #trainer: Trainer | null = null;
  /**
   * What to call a failure that is told after its command was acknowledged, by the command's kind. A kept queue the worker
   * goes on with unasked.
   */
  readonly #titles = new Map<CommandBody['kind'], string>([['reproduce.resume', 'The queue did not go on']]);

  constructor(ports: CommandsPorts) {
    this.#ports = ports;
  }

  get trainer(): Trainer | null {
    return this.#trainer;
  }

  connect(): Trainer {
    if (!this.#trainer) {
      this.#trainer = this.#ports.connect();
      this.#trainer.subscribe(this.#ports.hear);
    }
    return this.#trainer;
  }

  titleOf(kind: CommandBody['kind']): string {
    return this.#titles.get(kind) ?? 'Something failed';
  }

  /** Answers whether the worker took it. What only asks leaves a problem on show, and what is under way, alone. */
  async give(pending: Pending, command: CommandBody, title: string, kept?: string): Promise<boolean> {
    if (!this.#trainer) return false;
    if (asks.has(command.kind)) return await this.#send(this.#trainer, command, title, kept);
    if (pending) this.pending = pending;
    const before = this.problem;
    const taken = await this.#send(this.#trainer, command, title, kept);
    if (!taken) this.#ports.settle();
    // What went wrong meanwhile stays on show.
    else if (command.kind !== 'run.export' && this.problem === before && !this.#ports.wayBack()) this.problem = null;
    return taken;
  }

  /** Whatever is told while there is no GPU, the way back to it is there. */
  report(title: string, error: unknown, kept = this.#ports.kept()): void {
    const remedy = this.#ports.wayBack();
    this.problem = { title, message: messageOf(error), kept, ...(remedy && { remedy }) };
  }

  async #send(trainer: Trainer, command: CommandBody, title: string, kept?: string): Promise<boolean> {
    this.#titles.set(command.kind, title);
    try {
      await trainer.send(command);
      return true;
    } catch (error) {
      this.report(title, error, kept);
      return false;
    }
  }
}
