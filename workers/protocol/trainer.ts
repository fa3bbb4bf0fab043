/**
 * What crosses between the page and the worker that trains: commands go in, events come out, each a discriminated
 * union with a dotted kind. Every command carries an id and is answered by one `ack` within 250 ms or by an `error`
 * with that id; what the command starts is then told by events.
 */
import type { Provenance } from '../../src/model/provenance';
import type { AsideGuest, KeptGuest } from '../../src/checkpoint/guests';
import type { AsideRun } from '../../src/checkpoint/store';
import type { AdapterSummary } from '../../src/model/adapter-summary';
import type { PresetName, RunConfig } from '../../src/lab/config';
import type { Snippet } from '../../src/lab/export/snippets';
import type { ImportDescription, ModelDescription } from '../../src/lab/import/describe';
import type { OfferedFile } from '../../src/lab/import/read';
import type { RunMeasurement } from '../../src/lab/run/measured';
import type { StepCost } from '../../src/lab/run/meter';
import type { Serving } from '../../src/lab/run/serving';
import type { Drift } from '../../src/lab/reproduction/drift';
import type { RowSummary } from '../../src/lab/reproduction/summary';
import type { PaperRates, TableName } from '../../src/lab/reproduction/tables';
import type { StartingChoice } from '../../src/lab/models/starting-agents';
import type { PairedComparison } from '../../src/statistics/paired';
import type { MemoryNeed } from '../../src/model/memory';
import type { Trial, VariantChoice } from '../../src/model/variants';
import type { Evaluation, StepMetrics } from '../../src/waltz/learn/metrics';
import type { Rollout } from '../../src/waltz/game/rollout';

/** A whole run with its optimizers, or its agents for other tools: transformers, transformers.js and ONNX Runtime. */
export type ExportFormat = 'waltz' | 'hf' | 'onnx';

/** A file that was exported, by its name, and how it is loaded elsewhere. */
export interface Exported {
  format: ExportFormat;
  name: string;
  snippets: Snippet[];
}

export type CommandBody =
  /**
   * Opens the adapter, runs the self-check, looks for saved runs. A queue that is kept is told by `reproduce.state`, and goes
   * on if it was running when the page was left and nothing else is in hand.
   */
  | { kind: 'device.open' }
  /**
   * Starts a new run with this config and trains, on tuned kernels if none are said, with the shipped agents but where models
   * were chosen that had been taken in. Any run in hand is saved first.
   */
  | { kind: 'run.start'; config: RunConfig; agents?: ChosenAgents; kernels?: VariantChoice }
  /** Asks what such a run would take, before it starts; answered by `run.estimated`. */
  | { kind: 'run.estimate'; config: RunConfig; agents?: ChosenAgents }
  | { kind: 'run.pause' }
  | { kind: 'run.resume' }
  /** One RL step, then paused. */
  | { kind: 'run.step' }
  /** Saves and ends the run; it stays in the store. */
  | { kind: 'run.stop' }
  /** Loads a saved run, paused at its last checkpoint. */
  | { kind: 'run.restore'; run: string }
  /** Evaluates the agents as they stand with this many prompts a set. */
  | { kind: 'run.evaluate'; prompts: number }
  /** A saved run, or the one that is or was last in hand. Answered by `run.exported`. */
  | { kind: 'run.export'; run?: string; format?: ExportFormat }
  /**
   * Reads what somebody would like to take in: a `.waltz` file, a zip, or the files of a folder. Answered by
   * `import.described` or `import.refused` of the same look; nothing is kept or changed, and a GPU is not needed.
   */
  | { kind: 'import.look'; look: number; files: OfferedFile[] }
  /** Takes in what was described last: a run is put into hand, models are kept as guests and told by `import.taken`. */
  | { kind: 'import.take' }
  /** Forgets it. */
  | { kind: 'import.drop' }
  /** Tells which models are kept, by `guests.kept`. Needs no GPU, nor does any other of these. */
  | { kind: 'guests.list' }
  | { kind: 'guests.rename'; guest: string; name: string }
  /** Deletes a model. It can be brought back for `REMOVAL_GRACE` at least. */
  | { kind: 'guests.remove'; guest: string }
  | { kind: 'guests.bring-back'; guest: string }
  /** Tells what is saved, by `run.saved`. Needs no GPU, nor does any other of these. */
  | { kind: 'runs.list' }
  | { kind: 'runs.rename'; run: string; name: string }
  | { kind: 'runs.pin'; run: string; on: boolean }
  /** Deletes a run, the one in hand too. It can be brought back for `REMOVAL_GRACE` at least. */
  | { kind: 'runs.remove'; run: string }
  | { kind: 'runs.bring-back'; run: string }
  /** Saves a new run that begins at a kept checkpoint of this one, its stages as long as said. Nothing is opened. */
  | { kind: 'runs.fork'; run: string; step: number; stages: RunConfig['stages'] }
  /** Asks for a run's history as it is saved; answered by `runs.history`. */
  | { kind: 'runs.read'; run: string }
  /** Measures every step from the next one on, or none any more. Costs one readback a step and changes no result. */
  | { kind: 'performance.watch'; on: boolean }
  /** Forgets which kernels are fastest on this adapter: the next run that starts times them again. */
  | { kind: 'performance.forget' }
  /**
   * Shows the queue that is kept, and goes on with it as above. Where there is none, shows what is kept of this order.
   * Answered by all three `reproduce` events.
   */
  | { kind: 'reproduce.open'; order: ReproductionOrder }
  /** Queues all that these tables need, in place of any other queue, and works it off. A run in hand is saved first. */
  | { kind: 'reproduce.start'; order: ReproductionOrder }
  /** Takes effect at the next step, or within a measurement. */
  | { kind: 'reproduce.pause' }
  | { kind: 'reproduce.resume' }
  /** Forgets the queue. Results and runs stay: another queue goes on from them. */
  | { kind: 'reproduce.cancel' }
  /** Results as JSON Lines join those that are kept, all or none; answered by `reproduce.kept` and the order's rows anew. */
  | { kind: 'reproduce.import'; text: string }
  /** Forgets results by their ids; answered by `reproduce.forgotten`, whose lines an import brings back. */
  | { kind: 'reproduce.forget'; results: string[] }
  /** Answered by `reproduce.exported`: all that are kept. */
  | { kind: 'reproduce.export' };

/** Models that were taken in, by their ids, for the agents that they are to be. */
export type ChosenAgents = StartingChoice<string>;

export type {
  AdapterSummary,
  AsideGuest,
  AsideRun,
  ImportDescription,
  KeptGuest,
  MemoryNeed,
  ModelDescription,
  OfferedFile,
};

export type Command = CommandBody & { id: number };

/** Milliseconds in which a deleted run is kept; then it goes with the next opening of the page or the next deletion. */
export const REMOVAL_GRACE = 10 * 60_000;

export type RunStatus = 'idle' | 'loading' | 'running' | 'paused' | 'finished';

export interface SavedRun {
  run: string;
  name: string;
  config: RunConfig;
  step: number;
  /** Milliseconds since the epoch. */
  savedAt: number;
  finished: boolean;
  pinned: boolean;
  /** What computed it. */
  adapter: string;
  build: string;
  latest: Pick<Evaluation, 'step' | 'asr' | 'orr' | 'f1'> | null;
  /** Steps at which it can be forked, in order; the last is `step`. */
  checkpoints: number[];
}

/** What is in the store, whether or not it can be opened. */
export interface SavedRuns {
  saved: SavedRun[];
  aside: AsideRun[];
}

export interface Timing {
  /** Milliseconds of training so far, pauses left out. */
  elapsed: number;
  /** Milliseconds left at the present rate, null until it is known. */
  remaining: number | null;
  stepsPerSecond: number;
  tokensPerSecond: number;
}

/** What to reproduce: tables of runs from a preset, with the seeds 1 to `seeds` and so many prompts a set. */
export interface ReproductionOrder {
  tables: TableName[];
  preset: PresetName;
  seeds: number;
  prompts: number;
}

/**
 * `none` where there is no queue: the order is only looked at. `elsewhere` where another tab works it off. A queue that is
 * done is none any more, and all its subjects are done.
 */
export type QueueStatus = 'none' | 'running' | 'pausing' | 'paused' | 'elsewhere';

/** A run to train and measure, or base agents to measure. */
export interface QueuedSubject {
  id: string;
  name: string;
  phase: 'waiting' | 'opening' | 'training' | 'measuring' | 'done';
  /** RL steps made, of how many; 0 of 0 where nothing is trained. */
  step: number;
  total: number;
  /** What is being measured, in prompts. */
  measuring: { serving: Serving; done: number; total: number } | null;
  /** Milliseconds at the pace that is known of this adapter, null where none is. */
  remaining: number | null;
}

export interface ReproducedRow {
  label: string;
  serving: Serving;
  /** RL steps behind it, 0 for the base agents. */
  steps: number;
  paper: PaperRates | null;
  /** Ids of the subjects that it is made of. */
  subjects: string[];
  /** Of the seeds that there are; null where there is none yet. */
  summary: RowSummary | null;
  /** The points of its Pareto curve, [ASR, ORR] of every combination of thresholds; empty where it has none. */
  curves: { seed: number; points: [number, number][] }[];
  /** How training went, from the seeds that there are; null where feedback had no part in it. */
  drift: Drift | null;
  /** Whether it is the one that others are compared with first. */
  yardstick: boolean;
  /** This row (A) beside each other one (B) on the same prompts, by B's label and seed. */
  beside: Record<string, ({ seed: number } & PairedComparison)[]>;
}

/** A result in a line. Fractions. */
export interface KeptResult {
  id: string;
  /** The same for every seed. */
  experiment: string;
  /** Made from what differs from the preset, the seed apart. */
  name: string;
  seed: number;
  build: string;
  adapter: string;
  /** ISO 8601. */
  date: string;
  measured: { serving: Serving; prompts: number; asr: number; orr: number; f1: number }[];
}

export interface ReproducedTable {
  name: TableName;
  title: string;
  rows: ReproducedRow[];
}

export type Event =
  | { kind: 'ack'; id: number }
  /**
   * What answers a command has its id; `of` says what failed later than its answer, or what the worker began by itself
   * (a queue that was to go on). Neither: nothing that was asked for.
   */
  | { kind: 'error'; id: number | null; of: CommandBody['kind'] | null; error: WireError }
  | ({ kind: 'device.ready'; adapter: AdapterSummary; selfCheck: { passed: boolean; worst: number } } & SavedRuns)
  /** The GPU went away; the run in hand is back at its last checkpoint, of this step, or there is none. */
  | { kind: 'device.lost'; reason: string; step: number | null }
  | { kind: 'progress'; phase: 'agents' | 'pipelines' | 'evaluation' | 'saving'; done: number; total: number }
  /** `metrics`, `evaluations` and `measured` hold the whole history here only: after start, restore or import. */
  | {
      kind: 'run.opened';
      run: string;
      name: string;
      config: RunConfig;
      /** What agents were called that it began with in place of the shipped ones. */
      origins: Readonly<Record<string, string>>;
      step: number;
      metrics: readonly StepMetrics[];
      evaluations: readonly Evaluation[];
      measured: readonly RunMeasurement[];
      exact: boolean;
    }
  /** GPU memory of such a run in bytes, or why the adapter cannot hold it and what would fit. */
  | { kind: 'run.estimated'; config: RunConfig; memory: MemoryNeed }
  | { kind: 'run.status'; status: RunStatus; step: number }
  | { kind: 'run.stepped'; metrics: StepMetrics; timing: Timing; rollouts: Rollout[] }
  | { kind: 'run.evaluated'; evaluation: Evaluation }
  /** What was asked for beside the run's own evaluations. */
  | { kind: 'run.measured'; measured: RunMeasurement }
  | ({ kind: 'run.saved' } & SavedRuns)
  | { kind: 'import.described'; look: number; description: ImportDescription }
  | { kind: 'import.refused'; look: number; error: WireError }
  | { kind: 'import.taken'; guests: string[] }
  /** What is kept, in answer to `guests.list` and after every change. */
  | { kind: 'guests.kept'; guests: KeptGuest[]; aside: AsideGuest[] }
  | {
      kind: 'runs.history';
      run: string;
      metrics: StepMetrics[];
      evaluations: Evaluation[];
      measured: RunMeasurement[];
    }
  | ({ kind: 'run.exported'; archive: ArrayBuffer } & Exported)
  /** What computes the run in hand. While watched only: at once, and with every run that is opened. */
  | { kind: 'performance.kernels'; provenance: Provenance; trials: readonly Trial[] }
  /** After each step that was watched. */
  | { kind: 'performance.step'; step: number; cost: StepCost }
  /** All tables that can be ordered. */
  | { kind: 'reproduce.tables'; tables: { name: TableName; title: string }[] }
  | {
      kind: 'reproduce.state';
      order: ReproductionOrder;
      status: QueueStatus;
      subjects: QueuedSubject[];
      /** GPU memory of the largest subject in bytes, or why the adapter cannot hold it; null while no GPU is open. */
      memory: MemoryNeed | null;
    }
  /** What is there of the order's tables, and again whenever there is more. */
  | { kind: 'reproduce.results'; order: ReproductionOrder; build: string; tables: ReproducedTable[] }
  /** Every result that is kept here, whatever it is of; with the rows, and after an import. */
  | { kind: 'reproduce.kept'; results: KeptResult[] }
  | { kind: 'reproduce.exported'; name: string; text: string }
  | { kind: 'reproduce.forgotten'; text: string };

/** Errors arrive typed: the class's name, what happened, and what to do. */
export interface WireError {
  name: string;
  message: string;
}

/** An error that a worker told of, under the name of its class there. */
export class WorkerError extends Error {
  constructor({ name, message }: WireError) {
    super(message);
    this.name = name;
  }
}
