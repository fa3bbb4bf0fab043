import { Interrupted } from '../../src/lab/run/interruptible';
import { gamesAtOnce } from '../../src/lab/models/capacity';
import type { Run } from '../../src/lab/run/run';
import type { StepMeter } from '../../src/lab/run/meter';
import type { KeptRun } from '../../src/lab/run/run-format';
import { Trainer, type TrainerEvent } from '../../src/lab/run/trainer';
import { wireError } from '../wire-error';
import { Pace } from './pace';
import type { TrainerNews } from '../protocol/trainer';
import type { RunStatus } from '../protocol/run';
import { Turns } from '../turns';

/** What a session needs of the world around it. */
export interface TrainingSessionPorts {
  emit(news: TrainerNews): void;
  /** Does a step, and says what it cost where somebody watches. */
  measure: StepMeter['measure'];
  /** The run as it stands, weights read back from the GPU. Called between steps only. */
  capture(run: Run): Promise<KeptRun>;
  /** Keeps it; afterwards the page is told. Answers whether anything of it was kept before. */
  keep(kept: KeptRun): Promise<boolean>;
  /** A step broke off, so the agents' weights are no longer those of the run. */
  broken(): void;
}

type Wanted = 'pause' | 'step' | 'run';

/**
 * Trains the run in memory as the page asks: pauses, makes one step, goes on, and does whatever else is asked between two
 * phases. Every wait is for the GPU or the store, so commands are heard at any time and a hidden tab keeps training.
 */
export class TrainingSession {
  readonly run: Run;
  readonly #ports: TrainingSessionPorts;
  readonly #trainer: Trainer;
  readonly #pace: Pace;
  #wanted: Wanted = 'pause';
  #training: Promise<void> | null = null;
  /** Phases of training, and requests. */
  readonly #turns = new Turns();
  /** Closing, or the GPU is gone: whatever can be cut short is. */
  #closing = false;
  #abandoned = false;
  #isKept: boolean;

  /** @param isKept whether the run is kept as it stands. One that is not has made no step. */
  constructor(run: Run, ports: TrainingSessionPorts, { isKept }: { isKept: boolean }) {
    this.run = run;
    this.#ports = ports;
    this.#isKept = isKept;
    this.#pace = new Pace(run.metrics.reduce((sum, { time }) => sum + time.total, 0));
    this.#trainer = new Trainer(
      run,
      {
        emit: (event) => this.#hear(event),
        save: () => this.#save(),
        stopping: () => this.#wanted === 'pause',
        measure: (step) => ports.measure(step),
      },
      { kept: true },
    );
  }

  /** The last step that is safe in the store, null where nothing of the run is. */
  get savedStep(): number | null {
    return this.#isKept ? this.#trainer.savedStep : null;
  }

  /** Trains until paused or finished. */
  go(): void {
    this.#start('run');
  }

  /** Makes one RL step, then pauses. */
  step(): void {
    this.#start('step');
  }

  /** Takes effect at the next phase, or within an evaluation. */
  pause(): void {
    this.#wanted = 'pause';
  }

  /** Saves what has changed as soon as the current phase has ended, and goes on as before. */
  async keep(): Promise<void> {
    await this.#turns.take(() => this.#saveChanges());
  }

  /** Pauses, waits for the current phase and saves. If that fails the session stays as it is, paused. */
  async close(): Promise<void> {
    this.pause();
    this.#closing = true;
    try {
      await this.#training;
      await this.#turns.take(() => this.#saveChanges());
      this.#abandoned = true;
    } finally {
      this.#closing = false;
    }
  }

  /** Says and saves nothing more: the GPU is gone, or the run is not wanted. Resolves when what is under way has ended. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    this.pause();
    await this.#training;
    // Whatever else was asked of it is on the GPU until its turn has ended.
    await this.#turns.ended();
  }

  /** Measures the agents as they stand with this many prompts a set, their curve too, and saves that beside the history. */
  async evaluate(prompts: number): Promise<void> {
    const stopping = () => this.#abandoned || this.#closing;
    const onProgress = (done: number, total: number) => {
      this.#emit({ kind: 'run.progress', phase: 'evaluation', done, total });
      // Nobody waits for a step meanwhile: only an end cuts it short.
      if (done < total && stopping()) throw new Interrupted('Asked to stop.');
    };
    try {
      await this.#turns.take(async () => {
        const asked = { prompts, onProgress, batch: gamesAtOnce(this.run.config) };
        const measured = await this.run.measure(asked, stopping);
        this.#emit({ kind: 'run.measured', measured });
        await this.#saveChanges();
      });
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
    }
  }

  /** The run between two phases. */
  async capture(): Promise<KeptRun> {
    return await this.#turns.take(() => this.#ports.capture(this.run));
  }

  /** Where the run stands, for a page that has just opened it. */
  announce(): void {
    this.#status(this.run.finished ? 'finished' : 'paused');
  }

  #start(wanted: Wanted): void {
    this.#wanted = wanted;
    this.#training ??= this.#train().finally(() => (this.#training = null));
  }

  async #train(): Promise<void> {
    this.#status('running');
    this.#pace.start();
    try {
      while (await this.#turns.take(() => this.#next()));
    } catch (error) {
      this.pause();
      this.#emit({ kind: 'run.failed', error: wireError(error) });
    }
    this.#pace.stop();
    if (this.#trainer.broken && !this.#abandoned) this.#ports.broken();
    else this.announce();
  }

  async #next(): Promise<boolean> {
    return !this.#abandoned && (await this.#trainer.next());
  }

  async #saveChanges(): Promise<void> {
    if (!this.#abandoned) await this.#trainer.saveChanges();
  }

  async #save(): Promise<void> {
    const { completed, measured } = this.run;
    // One that has made no step is begun anew as easily, unless something was asked of it.
    if (!this.#isKept && completed === 0 && measured.length === 0) return;
    this.#emit({ kind: 'run.progress', phase: 'saving', done: 0, total: 1 });
    const wasThere = await this.#ports.keep(await this.#ports.capture(this.run));
    if (this.#isKept && !wasThere) this.#emit({ kind: 'run.kept-anew', step: completed });
    this.#isKept = true;
  }

  #hear(event: TrainerEvent): void {
    switch (event.kind) {
      case 'stepped': {
        const { metrics, rollouts, cost } = event;
        if (this.#wanted === 'step') this.pause();
        this.#pace.stepped({ wall: metrics.time.total, tokens: metrics.tokens_generated + metrics.tokens_trained });
        const timing = this.#pace.timing(this.run.total - this.run.completed, this.#evaluationsLeft());
        this.#emit({ kind: 'run.stepped', metrics, timing, rollouts });
        if (cost) this.#emit({ kind: 'performance.step', step: metrics.step, cost });
        return;
      }
      case 'evaluating':
        this.#emit({ kind: 'run.progress', phase: 'evaluation', done: event.done, total: event.total });
        return;
      case 'evaluated':
        this.#pace.evaluated(event.milliseconds);
        this.#emit({ kind: 'run.evaluated', evaluation: event.evaluation });
        return;
    }
  }

  #evaluationsLeft(): number {
    const { every } = this.run.config.evaluation;
    const { completed, total } = this.run;
    const last = total % every === 0 ? 0 : 1;
    return Math.floor(total / every) - Math.floor(completed / every) + last + (completed % every === 0 ? 1 : 0);
  }

  #status(status: RunStatus): void {
    this.#emit({ kind: 'run.status', status, step: this.run.completed });
  }

  #emit(news: TrainerNews): void {
    if (!this.#abandoned) this.#ports.emit(news);
  }
}
