/** What crosses of the run in memory. */
import type { RunConfig } from '../../src/lab/config';
import type { Snippet } from '../../src/lab/export/snippets';
import type { MemoryNeed } from '../../src/model/memory';
import type { VariantChoice } from '../../src/model/variants';
import type { StartingChoice } from '../../src/lab/models/starting-agents';
import type { RunMeasurement } from '../../src/lab/run/measured';
import type { Rollout } from '../../src/waltz/game/rollout';
import type { Evaluation, StepMetrics } from '../../src/waltz/learn/metrics';
import type { WireError } from './errors';

/** Models that were taken in, by their ids, for the agents that they are to be. */
export type ChosenAgents = StartingChoice<string>;

export type RunStatus = 'idle' | 'loading' | 'running' | 'paused' | 'finished';

export interface Timing {
  /** Milliseconds of training so far, pauses left out. */
  elapsed: number;
  /** Milliseconds left at the present rate, null until it is known. */
  remaining: number | null;
  stepsPerSecond: number;
  tokensPerSecond: number;
}

/** A whole run with its optimizers, or its agents for other tools: transformers, transformers.js and ONNX Runtime. */
export type ExportFormat = 'waltz' | 'hf' | 'onnx';

/** A file that was exported, by its name, and how it is loaded elsewhere. */
export interface Exported {
  format: ExportFormat;
  name: string;
  snippets: Snippet[];
}

/** Calls that train, load or measure are answered once that has begun or ended; how it goes on is news. */
export interface RunCalls {
  /** GPU memory of such a run, or why the adapter cannot hold it and what would fit. */
  'run.estimate': { asked: { config: RunConfig; agents?: ChosenAgents }; answer: MemoryNeed };
  /**
   * Starts a new run with this config and trains, on tuned kernels if none are said, with the shipped agents but where models
   * were chosen that had been taken in. Any open run is saved first.
   */
  'run.start': { asked: { config: RunConfig; agents?: ChosenAgents; kernels?: VariantChoice }; answer: null };
  /** Loads a saved run, at its last checkpoint. It stays paused, unless it is to go on. */
  'run.restore': { asked: { run: string; goOn?: boolean }; answer: null };
  'run.pause': { asked: object; answer: null };
  'run.resume': { asked: object; answer: null };
  /** One RL step, then paused. */
  'run.step': { asked: object; answer: null };
  /** Saves the run in memory as it stands, between two phases, where it has changed: the page is hidden, or about to go. */
  'run.keep': { asked: object; answer: null };
  /** Saves and ends the run; it stays in the store, unless it has made no step. */
  'run.stop': { asked: object; answer: null };
  /** Evaluates the agents as they stand with this many prompts a set. */
  'run.evaluate': { asked: { prompts: number }; answer: null };
  /** A saved run, or the one that is or was last open. */
  'run.export': { asked: { run?: string; format?: ExportFormat }; answer: Exported & { archive: Blob } };
}

export type RunNews =
  | { kind: 'run.progress'; phase: 'agents' | 'pipelines' | 'evaluation' | 'saving'; done: number; total: number }
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
  | { kind: 'run.status'; status: RunStatus; step: number }
  | { kind: 'run.stepped'; metrics: StepMetrics; timing: Timing; rollouts: Rollout[] }
  | { kind: 'run.evaluated'; evaluation: Evaluation }
  /** What was asked for beside the run's own evaluations. */
  | { kind: 'run.measured'; measured: RunMeasurement }
  /** All that was kept of the run in memory was deleted from outside, and it is saved anew, at this step. */
  | { kind: 'run.kept-anew'; step: number }
  /** Training stopped, or the run could not be saved as it stood. */
  | { kind: 'run.failed'; error: WireError };
