import { perRole } from '../../waltz/game/roles';
import type { ModelName } from '../models/model-names';
import { continuedBy, type Provenance } from '../../model/provenance';
import type { AgentState } from '../../model/state';
import type { OpenedModels } from '../../model/backend';
import { runName } from '../config/run-name';
import type { TaskChoice } from '../../task/task-tag';
import type { Environment } from '../models/environment';
import { randomAgents } from '../models/initial-agents';
import type { BaseChoice } from '../models/shipped';
import { gamesAtOnce } from '../models/capacity';
import { Run } from '../run/run';
import type { Beginning } from './beginning';
import type { RunConfig } from '../config/run-config';
import type { KeptRun } from '../run/run-format';
import { allInterruptible, Interrupted, interruptible } from '../run/interruptible';
import { promptsOf } from '../run/measured';
import { measureServing } from './measure';
import { effortOf, historyOf, measuredOn, stands, subjectId, type Result, type Subject } from './result';
import { servings, type Serving } from '../run/serving';
import { Trainer } from '../run/trainer';

/** A run's models as some backend opened them. */
export type RunModels = Pick<OpenedModels<ModelName>, 'models' | 'provenance' | 'states' | 'close'>;

/** What the command line and the page each bring along. */
export interface ExperimentBackend {
  environmentOf(task: TaskChoice): Environment;
  beginning(choice: BaseChoice): Promise<Beginning>;
  open(states: Record<ModelName, AgentState>, config: RunConfig, recorded: Provenance): Promise<RunModels>;
  results: { find(id: string): Promise<Result | null>; keep(id: string, result: Result): Promise<void> };
  /** Runs that are under way, or finished and can be measured again, by what they began with. */
  checkpoints: {
    find(id: string, base: string): Promise<KeptRun | null>;
    keep(id: string, base: string, run: KeptRun): Promise<void>;
  };
  /** Version of the program: results and checkpoints of another are made anew. */
  build: string;
  commit: string | null;
}

export interface ExperimentOptions {
  /** Prompts a set. */
  prompts: number;
  /** Asked between any two steps, and in an evaluation or a measurement after as many games as a step plays. */
  stopping: () => boolean;
  progress: (progress: Progress) => void;
}

export type Progress =
  | { kind: 'training'; id: string; config: RunConfig; step: number; total: number }
  | { kind: 'measuring'; id: string; config: RunConfig; serving: Serving; done: number; total: number };

/**
 * Trains a subject where it has to be and measures what is asked of it, unless that is kept already. Goes on from where an
 * earlier call was stopped; null where this one is.
 */
export async function runExperiment(
  subject: Subject,
  backend: ExperimentBackend,
  options: ExperimentOptions,
): Promise<Result | null> {
  const id = subjectId(subject);
  const beginning = await backend.beginning(subject.config);
  const kept = await backend.results.find(id);
  const usable = kept && stands(kept, beginning.base, backend.build) ? kept : null;
  const lacking = subject.servings.filter((one) => !usable || !measuredOn(usable, one, options.prompts));
  if (usable && lacking.length === 0) return usable;
  const started = await start(id, subject, beginning, backend);
  // What was measured of a run that is not there any more is not mixed with what is measured of its retraining.
  const retrained = usable !== null && subject.trained && !started.finished;
  const missing = retrained ? servings.filter((one) => lacking.includes(one) || usable.measured[one]) : lacking;
  /** In their place come as many prompts. */
  const promptsFor = (serving: Serving) => {
    const before = retrained ? usable.measured[serving] : undefined;
    return Math.max(options.prompts, before ? promptsOf(before.evaluation) : 0);
  };
  const opened = await backend.open({ ...beginning.states, ...started.agents }, subject.config, started.provenance);
  try {
    const { task, tokenizer, judge } = backend.environmentOf(subject.config.task);
    const parts = { task, tokenizer, judge, agents: perRole(({ name }) => opened.models[name]) };
    const run = Run.resume(started, parts);
    const provenance = continuedBy(started.provenance, opened.provenance);
    if (
      subject.trained &&
      !(await train({ id, base: beginning.base }, run, { ...started, provenance }, opened, backend, options))
    )
      return null;
    let result = retrained ? null : usable;
    const batch = gamesAtOnce(subject.config);
    const system = { ...parts, ...measurable(opened, batch, options.stopping) };
    for (const serving of missing) {
      const tell = (done: number, total: number) =>
        options.progress({ kind: 'measuring', id, config: subject.config, serving, done, total });
      const prompts = promptsFor(serving);
      tell(0, prompts * task.sets.length);
      const measurement = await measureServing(serving, system, subject.config, {
        ...{ step: run.completed, prompts, batch, onProgress: tell },
      });
      result = {
        ...{ format: 1, base: beginning.base, config: subject.config },
        measured: { ...result?.measured, [serving]: measurement },
        effort: subject.trained ? effortOf(run.metrics) : null,
        history: subject.trained ? historyOf(run.metrics) : null,
        path: [...run.evaluations],
        provenance: result ? continuedBy(result.provenance, provenance) : provenance,
        commit: backend.commit,
        date: new Date().toISOString(),
      };
      // At once, as the next one may be stopped; but one training's measurements give way to another's together.
      if (!retrained || serving === missing.at(-1)) await backend.results.keep(id, result);
    }
    return result;
  } catch (error) {
    if (error instanceof Interrupted) return null;
    throw error;
  } finally {
    opened.close();
  }
}

function measurable({ models }: RunModels, most: number, stopping: () => boolean) {
  return {
    agents: allInterruptible(
      perRole(({ name }) => models[name]),
      most,
      stopping,
    ),
    safeguard: interruptible(models.safeguard, most, stopping),
  };
}

/** The run as it was left, or a new one. */
async function start(
  id: string,
  { config, trained }: Subject,
  { states, base }: Beginning,
  backend: ExperimentBackend,
) {
  const { build } = backend;
  const left = trained ? await backend.checkpoints.find(id, base) : null;
  // Its id alone says little: a run may have come from a file, or gone on as another experiment.
  const same = left && subjectId({ config: left.config, trained }) === id;
  if (same && left.provenance.build === build) return left;
  const environment = backend.environmentOf(config.task);
  const { task, tokenizer } = environment;
  const agents = config.init === 'random' ? randomAgents(config, environment) : states;
  const fresh: KeptRun = {
    ...{ run: id, name: runName(config), config, task: task.tag, tokenizer: tokenizer.toJSON() },
    agents: perRole(({ name }) => agents[name]),
    ...{ step: 0, finished: false, metrics: [], evaluations: [], measured: [], counters: {} },
    provenance: { adapter: '', build, variants: {} },
  };
  return fresh;
}

/** Answers whether the run is at its end; otherwise it was asked to stop, and is saved. */
async function train(
  { id, base }: { id: string; base: string },
  run: Run,
  started: KeptRun,
  opened: RunModels,
  backend: ExperimentBackend,
  { stopping, progress }: ExperimentOptions,
): Promise<boolean> {
  const trainer = new Trainer(
    run,
    {
      stopping,
      emit: (event) => {
        if (event.kind !== 'stepped') return;
        progress({ kind: 'training', id, config: run.config, step: run.completed, total: run.total });
      },
      save: async () => {
        const states = await opened.states();
        const agents = perRole(({ name }) => states[name]);
        await backend.checkpoints.keep(id, base, { ...started, ...run.snapshot(), agents, finished: run.finished });
      },
    },
    // One that has made no step yet is made anew as easily.
    { kept: true },
  );
  await trainer.train();
  return run.finished;
}
