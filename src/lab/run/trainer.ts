import type { Evaluation, StepMetrics } from '../../waltz/learn/metrics';
import type { StepResult } from '../../waltz/learn/step';
import { gamesAtOnce } from '../models/capacity';
import { checkpointDue } from './checkpoint-due';
import { Interrupted } from './interruptible';
import type { StepCost } from './meter';
import type { Run } from './run';

/** What happens to a run, as it happens. */
export type TrainerEvent =
  /** `cost` is null where steps are not metered. */
  | { kind: 'stepped'; metrics: StepMetrics; rollouts: StepResult['rollouts']; cost: StepCost | null }
  /** Prompts of an evaluation that are played. */
  | { kind: 'evaluating'; done: number; total: number }
  | { kind: 'evaluated'; evaluation: Evaluation; milliseconds: number };

/** What a trainer needs of the world around it. */
export interface TrainerPorts {
  emit(event: TrainerEvent): void;
  /** Keeps the run as it stands. Called between steps only. */
  save(): Promise<void>;
  /** Whether to end here. Asked between steps, and within an evaluation after as many games as are played at once. */
  stopping(): boolean;
  /** Makes a step and says what it cost; without it steps are not metered. */
  measure?(step: () => Promise<StepResult>): Promise<{ result: StepResult; cost: StepCost | null }>;
}

/** What of a run is in its last checkpoint, by counts that only grow. */
interface Saved {
  step: number;
  evaluations: number;
  measured: number;
}

/**
 * Trains a run, one phase after another: an evaluation, a checkpoint or a step. It is the one loop, and its checkpoints
 * the one rule, of the page, the command line and the tables. A step's evaluation comes before its checkpoint.
 */
export class Trainer {
  readonly run: Run;
  readonly #ports: TrainerPorts;
  /** Null where the run is not kept yet. */
  #saved: Saved | null;
  /** Since when steps and seconds count for the next checkpoint. */
  #since: { step: number; time: number };
  #broken = false;

  /** @param kept whether the run is kept as it stands. */
  constructor(run: Run, ports: TrainerPorts, { kept }: { kept: boolean }) {
    this.run = run;
    this.#ports = ports;
    this.#saved = kept ? standOf(run) : null;
    this.#since = { step: run.completed, time: performance.now() };
  }

  /** The step that the last checkpoint is of, null where there is none. */
  get savedStep(): number | null {
    return this.#saved?.step ?? null;
  }

  /** A step failed, so the agents' weights are no longer those of the run: it can go on from its last checkpoint alone. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Whether anything would be lost with the agents. */
  get changed(): boolean {
    const { step, evaluations, measured } = standOf(this.run);
    const saved = this.#saved;
    return saved?.step !== step || saved.evaluations !== evaluations || saved.measured !== measured;
  }

  /** Trains until the run has ended or is to stop, and is saved. Throws what steps, evaluations and saving throw. */
  async train(): Promise<void> {
    while (await this.next());
  }

  /** Does the next phase; answers whether there is another. Throws as above. */
  async next(): Promise<boolean> {
    if (this.#ended) await this.saveChanges();
    else if (this.run.evaluationDue) await this.#evaluate();
    else if (this.#checkpointDue) await this.#save();
    else await this.#step();
    return !this.#ended || this.changed;
  }

  /** Writes a checkpoint, unless the last one is of the run as it stands. */
  async saveChanges(): Promise<void> {
    if (this.changed) await this.#save();
  }

  get #ended(): boolean {
    return this.run.finished || this.#ports.stopping();
  }

  get #checkpointDue(): boolean {
    const { step: savedStep, time } = this.#since;
    const seconds = (performance.now() - time) / 1000;
    return checkpointDue(this.run.config, { step: this.run.completed, savedStep, seconds });
  }

  /** An evaluation that is to stop leaves no trace: it is made anew when the run goes on. */
  async #evaluate(): Promise<void> {
    const started = performance.now();
    const onProgress = (done: number, total: number) => {
      this.#ports.emit({ kind: 'evaluating', done, total });
      if (done < total && this.#ports.stopping()) throw new Interrupted('Asked to stop.');
    };
    let evaluation: Evaluation;
    try {
      evaluation = await this.run.recordEvaluation({ batch: gamesAtOnce(this.run.config), onProgress });
    } catch (error) {
      if (error instanceof Interrupted) return;
      throw error;
    }
    this.#ports.emit({ kind: 'evaluated', evaluation, milliseconds: performance.now() - started });
  }

  async #step(): Promise<void> {
    const step = () => this.run.step();
    const made = this.#ports.measure?.(step) ?? step().then((result) => ({ result, cost: null }));
    const { result, cost } = await made.catch((error: unknown) => {
      this.#broken = true;
      throw error;
    });
    this.#ports.emit({ kind: 'stepped', metrics: result.metrics, rollouts: result.rollouts, cost });
  }

  async #save(): Promise<void> {
    const stand = standOf(this.run);
    await this.#ports.save();
    this.#saved = stand;
    this.#since = { step: stand.step, time: performance.now() };
  }
}

function standOf({ completed, evaluations, measured }: Run): Saved {
  return { step: completed, evaluations: evaluations.length, measured: measured.length };
}
