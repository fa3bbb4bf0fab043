/**
 * What crosses between the page and the worker that trains: commands go in, events come out, each a discriminated
 * union with a dotted kind. Every command carries an id and is answered by one `ack` within 250 ms or by an `error`
 * with that id; what the command starts is then told by events.
 */
import type { AsideGuest, KeptGuest } from '../../src/checkpoint/guests';
import type { Provenance } from '../../src/model/provenance';
import type { AdapterSummary } from '../../src/model/adapter-summary';
import type { RunConfig } from '../../src/lab/config';
import type { ImportDescription } from '../../src/lab/import/describe';
import type { OfferedFile } from '../../src/lab/import/read';
import type { MemoryNeed } from '../../src/model/memory';
import type { ReproductionOrder } from '../../src/lab/reproduction/order';
import type { QueuedSubject } from '../../src/lab/reproduction/queued-subject';
import type { KeptResult, ReproducedTable } from '../../src/lab/reproduction/report';
import type { TableName } from '../../src/lab/reproduction/tables';
import type { RunMeasurement } from '../../src/lab/run/measured';
import type { StepCost } from '../../src/lab/run/meter';
import type { Trial, VariantChoice } from '../../src/model/variants';
import type { Rollout } from '../../src/waltz/game/rollout';
import type { Evaluation, StepMetrics } from '../../src/waltz/learn/metrics';
import type { WireError } from './errors';
import type { QueueStatus } from './reproduction';
import type { ChosenAgents, Exported, ExportFormat, RunStatus, Timing } from './run';
import type { SavedRuns } from './runs';

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

export type Command = CommandBody & { id: number };

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
