import { AgentStateError } from '../../src/checkpoint/snapshot';
import { continuedBy, isExact } from '../../src/model/provenance';
import { checkFit } from '../../src/lab/run/fit';
import { Run } from '../../src/lab/run/run';
import type { Backend } from '../../src/model/backend';
import type { VariantChoice } from '../../src/model/variants';
import type { KeptRun } from '../../src/lab/run/run-format';
import type { Tokenizer } from '../../src/tokenizer/tokenizer';
import { wireError } from '../wire-error';
import { openRun, type OpenedRun } from './open-run';
import type { Ports } from './ports';
import type { TrainerNews } from '../protocol/trainer';
import { TrainingSession, type TrainingSessionPorts } from './training-session';

export class NoRunError extends Error {
  override name = 'NoRunError';

  constructor() {
    super('There is no run is open. Start one, or open a saved one.');
  }
}

/** What the holder needs of the world around it. */
export interface RunHolderPorts extends Pick<Ports, 'emit' | 'environmentOf' | 'openOnnx'> {
  /** Throws where none is open. */
  backend(): Backend;
  /** Answers whether anything of it was kept before. */
  keep(kept: KeptRun): Promise<boolean>;
}

export interface TakeOptions {
  first?: () => Promise<unknown>;
  kernels?: VariantChoice | undefined;
  isKept?: boolean;
}

/** An open run and what it holds. */
interface Held {
  run: string;
  /** May be changed while it is open. */
  name: string;
  session: TrainingSession;
  opened: OpenedRun;
  unlock: () => void;
}

/** Holds at most one run: its agents on the GPU, its lock, and what the page hears of its steps. */
export class RunHolder {
  readonly #ports: RunHolderPorts;
  #held: Held | null = null;
  /** The run that was open last; it can still be exported from the store. */
  #last: string | null = null;
  /** The step at which that run is in the store. */
  #safeStep: number | null = null;
  /** Somebody wants to know what steps cost. */
  #watching = false;

  constructor(ports: RunHolderPorts) {
    this.#ports = ports;
  }

  get session(): TrainingSession | null {
    return this.#held?.session ?? null;
  }

  get last(): string | null {
    return this.#last;
  }

  holds(run: string): boolean {
    return this.#held?.run === run;
  }

  /** Throws `NoRunError` where none is held. */
  held(): TrainingSession {
    if (!this.#held) throw new NoRunError();
    return this.#held.session;
  }

  /**
   * Takes a run, paused; gives its lock back if that fails. `first` is done before the page hears of it; one that begins is
   * not kept yet.
   */
  async take(
    kept: KeptRun,
    unlock: () => void,
    { first, kernels = 'tuned', isKept = true }: TakeOptions = {},
  ): Promise<TrainingSession> {
    const { emit, environmentOf, openOnnx } = this.#ports;
    let opened: OpenedRun | null = null;
    try {
      const { config } = kept;
      const { task, tokenizer, judge } = environmentOf(config.task);
      checkFit(kept, task.tag, tokenizer);
      const progress = (done: number, total: number) => emit({ kind: 'run.progress', phase: 'pipelines', done, total });
      opened = await openRun(kept, {
        ...{ backend: this.#ports.backend(), openOnnx, config, around: { task, tokenizer }, progress },
        variants: { choice: kernels, recorded: kept.provenance.variants },
      });
      const { agents, provenance } = opened;
      const run = Run.resume(kept, { task, tokenizer, judge, agents });
      await first?.();
      // The GPU may have gone while the run was being opened.
      this.#ports.backend();
      const session = new TrainingSession(run, this.#sessionPorts(kept, tokenizer, opened), { isKept });
      const { run: id, name, origins = {}, step, metrics, evaluations, measured } = kept;
      this.#held = { run: id, name, session, opened, unlock };
      this.#last = id;
      const exact = isExact(kept.provenance, provenance);
      emit({ kind: 'run.opened', run: id, name, config, origins, step, metrics, evaluations, measured, exact });
      this.watch(this.#watching);
      return session;
    } catch (error) {
      opened?.close();
      unlock();
      throw error;
    }
  }

  #sessionPorts(kept: KeptRun, tokenizer: Tokenizer, opened: OpenedRun): TrainingSessionPorts {
    const { run: id, name, onnx, origins } = kept;
    const provenance = continuedBy(kept.provenance, opened.provenance);
    return {
      emit: (news: TrainerNews) => this.#ports.emit(news),
      capture: async (run: Run): Promise<KeptRun> => ({
        ...run.snapshot(),
        ...{
          run: id,
          name: this.#held?.name ?? name,
          finished: run.finished,
          tokenizer: tokenizer.toJSON(),
          counters: {},
        },
        ...{ onnx, origins, agents: await opened.states(), provenance },
      }),
      measure: <Result>(step: () => Promise<Result>) => opened.meter.measure(step),
      keep: (kept: KeptRun) => this.#ports.keep(kept),
      broken: () => {
        const step = this.#held?.session.savedStep ?? 0;
        this.#drop();
        this.#ports.emit({ kind: 'run.status', status: 'idle', step });
      },
    };
  }

  rename(run: string, name: string): void {
    if (this.#held?.run === run) this.#held.name = name;
  }

  /** From the next step on, says what steps cost. An open run is told of at once. */
  watch(on: boolean): void {
    this.#watching = on;
    if (!this.#held) return;
    const { meter, provenance, trials } = this.#held.opened;
    meter.on = on;
    if (on) this.#ports.emit({ kind: 'performance.kernels', provenance, trials });
  }

  /**
   * Saves the run and lets go of it. If it cannot be saved now, it stays open; if it never can be, since its weights are no
   * numbers any more, that is told, and its last checkpoint stays.
   */
  async leave(): Promise<void> {
    const session = this.#held?.session;
    try {
      await session?.close();
    } catch (error) {
      if (!(error instanceof AgentStateError)) throw error;
      await session?.abandon();
      this.#ports.emit({ kind: 'run.failed', error: wireError(error) });
    }
    this.#drop();
  }

  /** Lets go of a run that is not wanted as it stands, so that it can be brought back; one that cannot be saved as it was. */
  async giveUp(): Promise<void> {
    const session = this.held();
    await session.close().catch(() => session.abandon());
    this.#drop();
    this.#ports.emit({ kind: 'run.status', status: 'idle', step: 0 });
  }

  /** The GPU is gone: the run goes back to its last checkpoint. Answers at which step that is. */
  lose(): number | null {
    // A step may have failed of it a moment ago, and the run be out of hand already.
    const step = this.#held ? this.#held.session.savedStep : this.#safeStep;
    void this.#held?.session.abandon();
    this.#drop();
    return step;
  }

  #drop(): void {
    const held = this.#held;
    this.#held = null;
    if (held) this.#safeStep = held.session.savedStep;
    held?.opened.close();
    held?.unlock();
  }
}
