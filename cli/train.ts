import { randomUUID } from 'node:crypto';
import {
  changesOf,
  nameWith,
  parseConfig,
  presetNames,
  presets,
  runName,
  setPath,
  totalSteps,
  withStages,
  type RunConfig,
} from '../src/lab/config';
import { environmentOf } from '../src/lab/models/environment';
import { initialAgents } from '../src/lab/models/initial-agents';
import type { RecordedBatch } from '../src/lab/run/recorded-run';
import type { KeptRun } from '../src/lab/run/run-format';
import { Run, type RunState } from '../src/lab/run/run';
import { Trainer, type TrainerEvent } from '../src/lab/run/trainer';
import { UsageError, type Arguments, type CommandDescription } from './arguments';
import { computeChoice, computeOptions, type BackendChoice } from './compute-options';
import { readBaseAgents } from './base-agents';
import { Interruption } from './interruption';
import { Clock, duration, emit, percent, say } from './output';
import { RunFolder } from './run-folder';
import { openRun, type OpenedRun } from './open-run';

export const trainCommand = {
  name: 'train',
  summary: 'Trains two agents with WaltzRL. One JSON line of metrics a step on stdout; Ctrl-C saves and ends.',
  operands: [],
  options: {
    preset: { value: 'NAME', description: `${presetNames.join(', ')} (default standard)` },
    seed: { value: 'N', description: 'seed of the run' },
    out: { value: 'DIR', description: 'folder of the run' },
    stage1: { value: 'N', description: 'steps of stage 1 in all, also with --resume' },
    stage2: { value: 'N', description: 'steps of stage 2 in all, also with --resume' },
    resume: { value: 'DIR', description: 'goes on from the checkpoint in DIR (and into it, without --out)' },
    set: { value: 'PATH=VALUE', multiple: true, description: 'one setting of the config, e.g. reward.alpha=0.5' },
    ...computeOptions,
  },
} as const satisfies CommandDescription;

export async function train(args: Arguments): Promise<void> {
  const choice = computeChoice(args);
  const from = args.text('resume');
  const folder = new RunFolder(args.text('out') ?? from ?? args.required('out'));
  const saved = from === undefined ? null : await new RunFolder(from).read();
  const config = saved ? resumedConfig(saved, args) : newConfig(args);
  const there = folder.path === from ? saved : await folder.find();
  if (there && there.run !== saved?.run) {
    throw new UsageError(`${folder.path} holds a run already. Go on with --resume ${folder.path}, or choose another.`);
  }
  const batches = from === undefined ? [] : new RunFolder(from).batches(saved?.step ?? 0);
  await trainInto(folder, config, saved, batches, choice);
}

/** The config of a new run. @throws {UsageError | ConfigError} */
function newConfig(args: Arguments): RunConfig {
  const name = args.choice('preset', presetNames) ?? 'standard';
  let config: RunConfig = structuredClone(presets[name]);
  const seed = args.count('seed');
  if (seed !== undefined) config.seed = seed;
  for (const setting of args.texts('set')) {
    const [path, ...value] = setting.split('=');
    if (value.length === 0) throw new UsageError(`--set takes PATH=VALUE, not "${setting}".`);
    config = setPath(config, path, value.join('='));
  }
  return parseConfig(withTotals(config, args));
}

function withTotals(config: RunConfig, args: Arguments): RunConfig {
  const one = args.count('stage1') ?? config.stages.one;
  const two = args.count('stage2') ?? config.stages.two;
  return { ...config, stages: { one, two } };
}

/** A resumed run keeps its settings; only its stages may be made longer or shorter. @throws {UsageError | ConfigError} */
function resumedConfig({ config, step }: KeptRun, args: Arguments): RunConfig {
  const preset = args.text('preset');
  const seed = args.count('seed');
  if (
    args.texts('set').length > 0 ||
    (preset ?? config.preset) !== config.preset ||
    (seed ?? config.seed) !== config.seed
  ) {
    throw new UsageError(
      'A resumed run keeps its preset, seed and settings; only --stage1 and --stage2 can change. ' +
        'For other settings begin a new run with --out.',
    );
  }
  return withStages(config, step, withTotals(config, args).stages);
}

/**
 * Trains to the end or to the first Ctrl-C, checkpointing into the folder. The folder's state after it is what
 * `--resume` goes on from.
 *
 * @param batches rollouts kept by the process that this one goes on from.
 */
async function trainInto(
  folder: RunFolder,
  config: RunConfig,
  saved: KeptRun | null,
  batches: RecordedBatch[],
  choice: BackendChoice,
): Promise<void> {
  const { agents: states } =
    saved ?? (await initialAgents(config, environmentOf(config.task), () => readBaseAgents(config)));
  const opened = await openRun({ choice, config, states, recorded: saved?.provenance });
  const interruption = new Interruption();
  try {
    const run = saved ? Run.resume(continued(saved, config), opened.parts) : new Run(config, opened.parts);
    say(`${runName(config)}: ${run.completed} of ${run.total} steps done, into ${folder.path}`);
    const who = identity(saved, config);
    const about = { command: trainingCommand(config), adapter: opened.adapter };
    const trainer = new Trainer(
      run,
      {
        emit: teller(run, batches),
        save: async () => folder.write(await kept(run, opened, who), batches, about),
        stopping: () => interruption.asked,
      },
      // The folder may be another one, or the stages others.
      { kept: false },
    );
    await trainer.train();
    say(run.finished ? `Done: ${folder.archive}` : `Saved at step ${run.completed}. Go on: --resume ${folder.path}`);
  } finally {
    interruption.end();
    opened.close();
  }
}

/** The run as it would stand had it had this config from the start: without the evaluation at an earlier end. */
function continued(saved: KeptRun, config: RunConfig): RunState {
  const { every } = config.evaluation;
  const evaluations = saved.evaluations.filter(({ step }) => step % every === 0 || step === totalSteps(config));
  return { ...saved, config, evaluations };
}

type Identity = Pick<KeptRun, 'run' | 'name' | 'origins'>;

/** What a run is known by. */
function identity(saved: KeptRun | null, config: RunConfig): Identity {
  if (!saved) return { run: randomUUID(), name: runName(config) };
  return { run: saved.run, name: nameWith(config, saved), origins: saved.origins };
}

/** What to type for the same run. */
function trainingCommand(config: RunConfig): string {
  const settings = changesOf(config).map(({ field, value }) => ` --set ${field.path}=${value}`);
  return `npm run -s waltz -- train --preset ${config.preset} --seed ${config.seed}${settings.join('')} --out DIR`;
}

/** Batches that a run keeps beside its first, evenly over its length: what `record` shows. */
const KEPT_BATCHES = 20;

/** Writes metrics, says how the run goes, and gathers the batches that are kept. */
function teller(run: Run, batches: RecordedBatch[]): (event: TrainerEvent) => void {
  const clock = new Clock(run.total, run.completed);
  return (event) => {
    if (event.kind === 'evaluated') {
      const { step, asr, orr, f1 } = event.evaluation;
      say(`  evaluation at step ${step}: ASR ${percent(asr)}  ORR ${percent(orr)}  F1 ${percent(f1)}`);
    }
    if (event.kind !== 'stepped') return;
    const { metrics, rollouts } = event;
    const { step, stage, reward_first, reward_final, time } = metrics;
    if (step === 1 || step % Math.ceil(run.total / KEPT_BATCHES) === 0) batches.push({ step, rollouts });
    emit(metrics);
    say(
      `step ${step}/${run.total} stage ${stage}  reward ${reward_first.toFixed(3)} → ` +
        `${reward_final.toFixed(3)}  ${(time.total / 1000).toFixed(2)} s  ` +
        `${Math.round((1000 * (metrics.tokens_generated + metrics.tokens_trained)) / time.total)} tokens/s  ` +
        `${duration(clock.remaining(step))} left`,
    );
  };
}

/** The run as it stands, weights read back from what computes. */
async function kept(run: Run, opened: OpenedRun, who: Identity): Promise<KeptRun> {
  const { tokenizer, provenance } = opened;
  return {
    ...{ ...run.snapshot(), ...who, finished: run.finished },
    ...{ agents: await opened.states(), tokenizer: tokenizer.toJSON(), provenance, counters: {} },
  };
}
