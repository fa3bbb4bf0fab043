import { Interrupted } from '../../src/lab/run/interruptible';
import { gamesAtOnce } from '../../src/lab/models/capacity';
import type { Run } from '../../src/lab/run/run';
import type { StepMeter } from '../../src/lab/run/meter';
import type { KeptRun } from '../../src/lab/run/run-format';
import { gamesPerStep, milestones } from '../../src/lab/run/stages';
import type { Evaluation } from '../../src/waltz/learn/metrics';
import { wireError } from './answer';
import { Pace } from './pace';
import type { Event, RunStatus } from '../protocol/trainer';
import { Turns } from '../turns';

/** What a session needs of the world around it. */
export interface SessionPorts {
  emit(event: Event): void;
  /** Does a step, and says what it cost where somebody watches. */
  measure: StepMeter['measure'];
  /** The run as it stands, weights read back from the GPU. Called between steps only. */
  capture(run: Run): Promise<KeptRun>;
  /** Keeps it; afterwards the page is told. */
  keep(kept: KeptRun): Promise<void>;
  /** A step broke off, so the agents' weights are no longer those of the run. */
  broken(): void;
}

type Wanted = 'pause' | 'step' | 'run';

/**
 * One run in hand: trains it step after step, evaluates and saves when due, and does what is asked of it between two
 * steps. Every wait is for the GPU or the store, so commands are heard at any time and a hidden tab keeps training.
 */
export class Session {
  readonly run: Run;
  readonly #ports: SessionPorts;
  readonly #pace: Pace;
  #wanted: Wanted = 'pause';
  #training: Promise<void> | null = null;
  /** Steps and requests. */
  readonly #turns = new Turns();
  /** Closing, or the GPU is gone: whatever can be cut short is. */
  #closing = false;
  #abandoned = false;
  #broken = false;
  #dirty: boolean;
  #savedStep: number | null;
  #savedAt = performance.now();

  /** @param savedStep the step at which the run is in the store already, null if it is not there. */
  constructor(run: Run, ports: SessionPorts, savedStep: number | null) {
    this.run = run;
    this.#ports = ports;
    this.#savedStep = savedStep;
    this.#dirty = savedStep === null;
    this.#pace = new Pace(run.metrics.reduce((sum, { time }) => sum + time.total, 0));
  }

  /** The last step that is safe in the store. */
  get savedStep(): number | null {
    return this.#savedStep;
  }

  get finished(): boolean {
    return this.run.done && !this.run.evaluationDue;
  }

  /** Trains until paused or finished. */
  go(): void {
    this.#start('run');
  }

  /** Makes one RL step, then pauses. */
  step(): void {
    this.#start('step');
  }

  /** Takes effect at the next step, or within an evaluation. */
  pause(): void {
    this.#wanted = 'pause';
  }

  /** Pauses, waits for the step in hand and saves. If that fails the session stays as it is, paused. */
  async close(): Promise<void> {
    this.pause();
    this.#closing = true;
    try {
      await this.#training;
      await this.#turns.take(() => this.#saveIfDirty());
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
    try {
      // Nobody waits for a step meanwhile.
      const asked = { prompts, ...this.#evaluating(() => false), batch: gamesAtOnce(this.run.config) };
      const stopping = () => this.#abandoned || this.#closing;
      await this.#turns.take(async () => {
        const measured = await this.run.measure(asked, stopping);
        this.#emit({ kind: 'run.measured', measured });
        this.#dirty = true;
        await this.#saveIfDirty();
      });
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
    }
  }

  /** The run between two steps. */
  async capture(): Promise<KeptRun> {
    return await this.#turns.take(() => this.#ports.capture(this.run));
  }

  /** Where the run stands, for a page that has just opened it. */
  announce(): void {
    this.#status(this.finished ? 'finished' : 'paused');
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
      this.#emit({ kind: 'error', id: null, of: null, error: wireError(error) });
    }
    this.#pace.stop();
    if (this.#broken && !this.#abandoned) this.#ports.broken();
    else this.announce();
  }

  /** One evaluation, step or last save; false when there is nothing more to do. */
  async #next(): Promise<boolean> {
    if (!this.#active()) await this.#saveIfDirty();
    else if (this.run.evaluationDue) await this.#evaluateDue();
    else await this.#step();
    return this.#active() || (this.#dirty && !this.#abandoned);
  }

  #active(): boolean {
    return this.#wanted !== 'pause' && !this.finished;
  }

  async #evaluateDue(): Promise<void> {
    const started = performance.now();
    let evaluation: Evaluation;
    try {
      evaluation = await this.run.recordEvaluation(this.#evaluating(() => this.#wanted === 'pause'));
    } catch (error) {
      if (error instanceof Interrupted) return;
      throw error;
    }
    this.#pace.evaluated(performance.now() - started);
    this.#dirty = true;
    this.#emit({ kind: 'run.evaluated', evaluation });
  }

  async #step(): Promise<void> {
    const measured = this.#ports.measure(() => this.run.step());
    const { result, cost } = await measured.catch((error: unknown) => {
      this.#broken = true;
      throw error;
    });
    const { metrics, rollouts } = result;
    this.#dirty = true;
    if (this.#wanted === 'step') this.#wanted = 'pause';
    this.#pace.stepped({ wall: metrics.time.total, tokens: metrics.tokens_generated + metrics.tokens_trained });
    const timing = this.#pace.timing(this.run.total - this.run.completed, this.#evaluationsLeft());
    this.#emit({ kind: 'run.stepped', metrics, timing, rollouts });
    if (cost) this.#emit({ kind: 'performance.step', step: metrics.step, cost });
    if (this.#saveDue()) await this.#save();
  }

  #evaluationsLeft(): number {
    const { every } = this.run.config.evaluation;
    const { completed, total } = this.run;
    const last = total % every === 0 ? 0 : 1;
    return Math.floor(total / every) - Math.floor(completed / every) + last + (completed % every === 0 ? 1 : 0);
  }

  #saveDue(): boolean {
    const { every_steps, every_seconds } = this.run.config.checkpoint;
    const { completed, config } = this.run;
    if (completed % every_steps === 0 || milestones(config).includes(completed)) return true;
    return performance.now() - this.#savedAt >= 1000 * every_seconds;
  }

  async #saveIfDirty(): Promise<void> {
    if (this.#dirty && !this.#abandoned) await this.#save();
  }

  async #save(): Promise<void> {
    this.#emit({ kind: 'progress', phase: 'saving', done: 0, total: 1 });
    const kept = await this.#ports.capture(this.run);
    await this.#ports.keep(kept);
    this.#dirty = false;
    this.#savedStep = kept.step;
    this.#savedAt = performance.now();
  }

  /** As many games at once as a step plays, so that an evaluation needs no buffers of its own, and a pause little patience. */
  #evaluating(cut: () => boolean): { batch: number; onProgress: (done: number, total: number) => void } {
    return {
      batch: gamesPerStep(this.run.config),
      onProgress: (done, total) => {
        this.#emit({ kind: 'progress', phase: 'evaluation', done, total });
        if (this.#abandoned || ((cut() || this.#closing) && done < total)) throw new Interrupted('Asked to stop.');
      },
    };
  }

  #status(status: RunStatus): void {
    this.#emit({ kind: 'run.status', status, step: this.run.completed });
  }

  #emit(event: Event): void {
    if (!this.#abandoned) this.#ports.emit(event);
  }
}
