/** What crosses of the run in memory. */
import type { Snippet } from '../../src/lab/export/snippets';
import type { StartingChoice } from '../../src/lab/models/starting-agents';

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
