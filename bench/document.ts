import type { Counts } from './instrument';
import type { Samples } from './samples';
import type { PhaseName } from '../src/lab/run/phases';
import type { Product } from '../src/model/flops';
import type { SizeName } from '../src/model/sizes';
import type { ChatWorkload, GenerationWorkload, LoraWorkload, TrainingWorkload } from './workloads';

/** What a bench prints with `--json`. Times are seconds; everything in it was measured in that one run. */
export interface BenchDocument {
  date: string;
  command: string;
  /** How long all of it took; runs of before it was kept name none. */
  seconds?: number;
  machine: Machine;
  training: TrainingResult[];
  generation: GenerationResult[];
  rl: RlResult[];
  scaling: ScalingResult[];
  matmul: MatmulResult[];
  /** In the page; runs of before a chat model was measured have none. */
  chat?: ChatResult;
  /** Runs of before the processor had a backend have none. */
  node?: NodeResult;
  /** What a reader must know before comparing: in words, none if all went as it should. */
  faults: string[];
}

export interface Machine {
  cpu: string;
  cores: number;
  /** Of the last minute, before and after: what else the machine did counts in. */
  load: [before: number, after: number];
  system: string;
  /** Null where nothing was measured in the page. */
  browser: string | null;
  adapter: Adapter | null;
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

/** Someone who did not take part, and why. */
export interface Absence {
  name: string;
  why: string;
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
  /** Losses further apart than this, relatively, do not agree. */
  tolerance: number;
  contenders: TrainingContenderResult[];
  /** Of the step's matrix products and nothing else, in turns with the contenders; null where their kernels were not measured. */
  productSeconds: Samples | null;
  satOut: Absence[];
  failed: Absence[];
}

export interface GenerationContenderResult extends ContenderResult, Agreement {
  /** Share of the new tokens that are the reference's. */
  sameTokens: number;
}

export interface GenerationResult {
  workload: GenerationWorkload;
  parameters: number;
  /** Less than this share of equal tokens does not agree. */
  tolerance: number;
  contenders: GenerationContenderResult[];
  satOut: Absence[];
  failed: Absence[];
}

/** Whole RL steps of the shipped agents, both learning. */
export interface RlResult {
  preset: string;
  /** Whose step it is; runs of before there were two backends name none. */
  backend?: string;
  runs: number;
  warmUps: number;
  /** Games a step. */
  games: number;
  seconds: Samples;
  counts: Counts;
  liveBytes: number;
  peakBytes: number;
  /** Of other steps in between, whose two updates wait for each other so that each has a time of its own. */
  apart: {
    seconds: Samples;
    phases: { name: PhaseName; seconds: Samples; tokens: Samples }[];
    /** What is no agent's: prompts, reading and judging answers, rewards. */
    rest: Samples;
  };
}

/** Our own training step at several batches and lengths. */
export interface ScalingResult {
  size: SizeName;
  backend?: string;
  runs: number;
  points: { sequences: number; length: number; seconds: Samples }[];
}

export interface MatmulRate {
  kernel: string;
  /** Whether it is a variant of the engine's own loop. */
  engine: boolean;
  /** The largest difference from a plain product, relative to the largest element. */
  error: number;
  flopsPerSecond: Samples;
}

/** One product of a training step: the best of all, of the simple ones, and of the engine's. */
export type MatmulShape = Omit<Product, 'count'> &
  Record<'best' | 'simple' | 'engine', MatmulRate> & { rates: MatmulRate[] };

/** What simple kernels and the engine's reach at the products of a training step. */
export interface MatmulResult {
  size: SizeName;
  tokens: number;
  runs: number;
  tolerance: number;
  shapes: MatmulShape[];
}

/** How fast a prompt is read, beside one product that the runtime makes with nothing around it. */
export interface PrefillResult {
  model: string;
  tokens: number;
  parameters: number;
  runs: number;
  /** Of the prompt's matrix products, logits being made after the last token. */
  flops: number;
  seconds: Samples;
  product: { rows: number; inputs: number; outputs: number; flops: number; seconds: Samples };
}

export interface ChatContenderResult extends ContenderResult {
  /** Share of the new tokens that are ours. */
  sameTokens: number;
  /**
   * Where it took another token than we: by how much that one's logit was below ours, at most; 0 where it never did, null
   * where we were not there to tell.
   */
  largestLead: number | null;
  /** A larger lead than this does not agree. */
  tolerance: number;
  agrees: boolean;
}

/** One workload of a chat model, in turns. */
export interface ChatContest {
  workload: ChatWorkload;
  /** A run's seconds: until there is a token behind every prompt, or of the new tokens behind that one. */
  contenders: ChatContenderResult[];
  satOut: Absence[];
  failed: Absence[];
}

/** A real chat model, greedily: opened once by each contender, in a page or a process of its own. */
export interface ChatResult {
  model: string;
  parameters: number;
  threads: number;
  /** The first one's first runs opened the model. */
  contests: ChatContest[];
  /** Bytes at most of a process, or of a page at the end; null where nobody tells. */
  memory: { name: string; bytes: number | null }[];
  /** Why the model is not there, null where it is. */
  missing: string | null;
}

/** Training steps of LoRA adapters on a real chat model, in turns. */
export interface LoraResult {
  model: string;
  /** Of the model, and of the adapters on it. */
  parameters: number;
  adapters: number;
  threads: number;
  workload: LoraWorkload;
  tokens: number;
  /** Losses further apart than this, relatively, do not agree. */
  tolerance: number;
  contenders: TrainingContenderResult[];
  satOut: Absence[];
  failed: Absence[];
  /** Why the model is not there, null where it is. */
  missing: string | null;
}

/** What was measured in Node, on the processor. */
export interface NodeResult {
  /** Its version, and that of ONNX Runtime. */
  node: string;
  runtime: string;
  threads: number;
  training: TrainingResult[];
  generation: GenerationResult[];
  rl: RlResult[];
  prefill: PrefillResult[];
  /** Runs of before a chat model was measured have none. */
  chat?: ChatResult;
  /** Runs of before adapters learned have none. */
  lora?: LoraResult;
}
