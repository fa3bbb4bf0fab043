import type { Counts } from './instrument';
import type { Samples } from './samples';
import type { GenerationWorkload, TrainingWorkload } from './workloads';

/** What a bench prints with `--json`. Times are seconds; everything in it was measured in that one run. */
export interface BenchDocument {
  date: string;
  command: string;
  machine: Machine;
  training: TrainingResult[];
  generation: GenerationResult[];
  /** What a reader must know before comparing: in words, none if all went as it should. */
  faults: string[];
}

export interface Machine {
  cpu: string;
  cores: number;
  system: string;
  browser: string;
  adapter: Adapter;
}

export interface Adapter {
  vendor: string;
  architecture: string;
  device: string;
  description: string;
  /** Whether a processor plays the GPU. */
  software: boolean;
  features: string[];
}

/** What each contender of a workload tells, whatever it did. */
export interface ContenderResult {
  name: string;
  /** From nothing to the end of the first run: library, device, compilation. */
  firstSeconds: number;
  seconds: Samples;
  /** By the median run. */
  tokensPerSecond: number;
  /** Per run, all zero where no GPU is used. */
  counts: Counts;
  /** GPU memory in buffers: after the last run, and at most. */
  liveBytes: number;
  peakBytes: number;
}

export interface Agreement {
  /** Whose results are the measure. */
  reference: string;
  agrees: boolean;
}

export interface TrainingContenderResult extends ContenderResult, Agreement {
  /** Before each step, from the first one on. */
  losses: number[];
  /** Of the losses, against the reference's. */
  largestRelativeDifference: number;
}

export interface TrainingResult {
  workload: TrainingWorkload;
  parameters: number;
  tokens: number;
  warmUps: number;
  /** Losses further apart than this, relatively, do not agree. */
  tolerance: number;
  contenders: TrainingContenderResult[];
  satOut: { name: string; why: string }[];
}

export interface GenerationContenderResult extends ContenderResult, Agreement {
  /** Share of the new tokens that are the reference's. */
  sameTokens: number;
}

export interface GenerationResult {
  workload: GenerationWorkload;
  parameters: number;
  warmUps: number;
  /** Less than this share of equal tokens does not agree. */
  tolerance: number;
  contenders: GenerationContenderResult[];
  satOut: { name: string; why: string }[];
}
