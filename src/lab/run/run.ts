import type { Judge } from '../../task/judge';
import type { Task } from '../../task/task';
import type { Rules } from '../../waltz/game/role';
import { waltzRules } from '../../waltz/game/rules';
import { isSameChoice, isSameTask } from '../../task/task-tag';
import type { Tokenizer } from '../../tokenizer/tokenizer';
import type { Agent } from '../../model/agent';
import { WordsFormat } from '../../chat/words';
import { evaluate, serve } from '../../waltz/evaluate/evaluation';
import type { EvaluationOptions, Served } from '../../waltz/evaluate/evaluation';
import type { Evaluation, StepMetrics } from '../../waltz/learn/metrics';
import { rlStep } from '../../waltz/learn/step';
import type { StepPlayers, StepResult } from '../../waltz/learn/step';
import { parseConfig } from '../config/schema';
import { allInterruptible } from './interruptible';
import type { RunMeasurement } from './measured';
import type { RunConfig } from '../config/run-config';
import type { KeptRun } from './run-format';
import { curveOf, measuredOf, ownServing, ownSystem } from './serving';
import { anchors, learningRate, learningRoles, stageOf, totalSteps } from './stages';

/** What a run works with. The agents' weights are theirs: a snapshot does not hold them. */
export interface RunParts<Name extends string = string> {
  task: Task;
  tokenizer: Tokenizer;
  judge: Judge;
  /** By role. */
  agents: Readonly<Record<Name, Agent>>;
  /** The game of the paper if left out. */
  rules?: Rules;
}

/** Where a run stands between two steps, as plain JSON. With the agents of that moment it goes on bit for bit. */
export type RunState = Pick<KeptRun, 'config' | 'task' | 'step' | 'metrics' | 'evaluations' | 'measured'>;

/** Which prompts to evaluate on, and how; what is left out is the config's. */
export type RunEvaluationOptions = Partial<
  Pick<EvaluationOptions, 'split' | 'prompts' | 'temperature' | 'draw' | 'batch' | 'onProgress' | 'system'>
>;

export class TaskMismatchError extends Error {
  override name = 'TaskMismatchError';
}

export class RunBusyError extends Error {
  override name = 'RunBusyError';
}

export class RunFinishedError extends Error {
  override name = 'RunFinishedError';
}

/**
 * One training run: a config, its task, its agents, and the history so far. All randomness is keyed by
 * (seed, stream, step), so nothing but the step counter and the agents' weights decides what comes next.
 */
export class Run {
  readonly config: RunConfig;
  readonly #players: StepPlayers & { rules: Rules };
  readonly #metrics: StepMetrics[] = [];
  readonly #evaluations: Evaluation[] = [];
  readonly #measured: RunMeasurement[] = [];
  #step = 0;
  #busy = false;

  /** Throws `ConfigError` or `TaskMismatchError`. */
  constructor(config: RunConfig, { task, tokenizer, judge, agents, rules = waltzRules }: RunParts) {
    this.config = parseConfig(config);
    const wanted = this.config.task;
    if (!isSameChoice(wanted, task.tag)) {
      throw new TaskMismatchError(
        `This run is for ${wanted.name} ${wanted.level}, and the task at hand is ${task.tag.name} ${task.tag.level}. Load the run's.`,
      );
    }
    this.#players = { task, judge, agents, rules, format: new WordsFormat(tokenizer) };
  }

  /** Goes on from a snapshot; the agents must be those of its moment. Throws `TaskMismatchError` for another world. */
  static resume(snapshot: RunState, parts: RunParts): Run {
    const { name, level, version } = parts.task.tag;
    const saved = snapshot.task;
    if (!isSameTask(saved, parts.task.tag)) {
      throw new TaskMismatchError(
        `This run was trained in ${saved.name} ${saved.level} version ${saved.version}, and here is ${name} ${level} ` +
          `version ${version}. Open it with the program that made it, or start it anew.`,
      );
    }
    const run = new Run(snapshot.config, parts);
    run.#step = snapshot.step;
    run.#metrics.push(...snapshot.metrics);
    run.#evaluations.push(...snapshot.evaluations);
    run.#measured.push(...snapshot.measured);
    return run;
  }

  /** RL steps made. */
  get completed(): number {
    return this.#step;
  }

  get total(): number {
    return totalSteps(this.config);
  }

  get done(): boolean {
    return this.#step >= this.total;
  }

  /** All steps are made, and what they came to is measured. */
  get finished(): boolean {
    return this.done && !this.evaluationDue;
  }

  get metrics(): readonly StepMetrics[] {
    return this.#metrics;
  }

  get evaluations(): readonly Evaluation[] {
    return this.#evaluations;
  }

  /** What was asked for beside its own evaluations. */
  get measured(): readonly RunMeasurement[] {
    return this.#measured;
  }

  /** Whether the config asks for an evaluation at this step that is not there yet: at the start, every k, at the end. */
  get evaluationDue(): boolean {
    const due = this.#step % this.config.evaluation.every === 0 || this.done;
    return due && !this.#evaluations.some(({ step }) => step === this.#step);
  }

  /** Plays and learns one RL step. A step that fails is not counted; restore the agents before trying it again. */
  async step(): Promise<StepResult> {
    if (this.done)
      throw new RunFinishedError(`This run has made all its ${this.total} steps. Raise stages.two to go on.`);
    return this.#alone(async () => {
      const step = this.#step + 1;
      const { seed, reward, rollout, policy, optimizer } = this.config;
      const { agents, rules } = this.#players;
      for (const role of rules.roles) if (anchors(this.config, role, step)) agents[role.name].anchor();
      const result = await rlStep(this.#players, {
        seed,
        step,
        stage: stageOf(this.config, step),
        reward,
        rollout,
        adviser: ownSystem(this.config).adviser,
        policy,
        gradientClip: optimizer.gradient_clip,
        learningRate: Object.fromEntries(rules.roles.map((role) => [role.name, learningRate(this.config, role, step)])),
        trained: learningRoles(rules.roles, this.config, step).map(({ name }) => name),
      });
      this.#step = step;
      this.#metrics.push(result.metrics);
      return result;
    });
  }

  /** Measures the agents as they stand and leaves no trace in the run. */
  async evaluate(options: RunEvaluationOptions = {}): Promise<Evaluation> {
    return await this.#alone(() => evaluate(this.#players, this.#evaluationOptions(options)));
  }

  /** The games of an evaluation, for whoever wants more of them than rates. */
  async serve(options: RunEvaluationOptions = {}): Promise<Served[]> {
    return await this.#alone(() => serve(this.#players, this.#evaluationOptions(options)));
  }

  /**
   * Measures the agents as they stand prompt by prompt, with the Pareto curve of the checkpoint on the same games, and keeps
   * that beside the history. Throws `Interrupted` where it is asked to stop.
   */
  async measure(options: RunEvaluationOptions & { batch: number }, stopping: () => boolean): Promise<RunMeasurement> {
    const agents = allInterruptible(this.#players.agents, options.batch, stopping);
    return await this.#alone(async () => {
      const players = { ...this.#players, agents };
      // The curve takes about as long as the games that it is of.
      const onProgress = (done: number, total: number) => options.onProgress?.(done, 2 * total);
      const how = this.#evaluationOptions({ ...options, onProgress });
      const served = await serve(players, how);
      const curve = await curveOf(ownServing(this.config), served, players, how);
      onProgress(2 * served.length, served.length);
      const measured = { task: players.task.tag, ...measuredOf(players.task, served, curve, how) };
      // The same agents serve the same prompts the same way: asked for again, it is there already.
      const same = JSON.stringify(measured);
      if (!this.#measured.some((one) => JSON.stringify(one) === same)) this.#measured.push(measured);
      return measured;
    });
  }

  #evaluationOptions(options: RunEvaluationOptions): EvaluationOptions {
    const { prompts, temperature } = this.config.evaluation;
    return {
      ...{ split: 'eval', prompts, temperature, system: ownSystem(this.config), ...options },
      ...{ step: this.#step, maxRounds: this.config.rollout.max_rounds },
    };
  }

  /** The evaluation that the config asks for, kept in the history: a point of the path in the plane. */
  async recordEvaluation(options: Pick<RunEvaluationOptions, 'batch' | 'onProgress'> = {}): Promise<Evaluation> {
    const evaluation = await this.evaluate(options);
    this.#evaluations.push(evaluation);
    return evaluation;
  }

  snapshot(): RunState {
    return structuredClone({
      config: this.config,
      task: this.#players.task.tag,
      step: this.#step,
      metrics: this.#metrics,
      evaluations: this.#evaluations,
      measured: this.#measured,
    });
  }

  /** Agents have one set of buffers: two things at once would mix their games. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#busy) throw new RunBusyError('This run is in the middle of a step or an evaluation. Wait for it to end.');
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }
}
