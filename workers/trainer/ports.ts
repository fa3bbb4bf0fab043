import type { Task } from '../../src/task/task';
import type { AgentName } from '../../src/waltz/game/roles';
import type { BaseAgents } from '../../src/checkpoint/archive';
import type { GuestStore } from '../../src/checkpoint/guests';
import type { Provenance } from '../../src/checkpoint/snapshot';
import type { RunConfig } from '../../src/lab/config';
import type { Environment } from '../../src/lab/models/environment';
import type { KernelChoice } from '../../src/lab/models/kernel-choice';
import type { Beginning } from '../../src/lab/reproduction/beginning';
import type { KeptRun, KeptRuns } from '../../src/lab/run/run-format';
import type { Meter } from '../../src/lab/run/meter';
import type { AgentState } from '../../src/model/state';
import type { Trial } from '../../src/lm/trial';
import type { Tokenizer } from '../../src/tokenizer';
import type { Agent } from '../../src/model/agent';
import type { AdapterSummary } from '../../src/gpu/device';
import type { SelfCheck } from '../protocol/device';
import type { TrainerNews } from '../protocol/trainer';
import type { ReproductionStore } from './reproduction/store';

/** How far something is that the page shows a bar for. */
export type Progress = (done: number, total: number) => void;

/** An opened GPU that has passed, or failed, its self-check. */
export interface Engine {
  readonly adapter: AdapterSummary;
  readonly selfCheck: SelfCheck;
  readonly provenance: Provenance;
  /** Most bytes of one buffer. */
  readonly largestBuffer: number;
  readonly lost: Promise<{ reason: string; byUs: boolean }>;
  /**
   * A run's agents on the GPU, their kernels compiled, with the recorded kernel variants where it can; those with ONNX
   * weights alone in ONNX Runtime.
   */
  load(run: Pick<KeptRun, 'agents' | 'onnx'>, plan: LoadPlan): Promise<LoadedAgents>;
  /** As many models as there are names, the same way; nothing of them is metered. */
  loadModels<Name extends string>(states: Record<Name, AgentState>, plan: LoadPlan): Promise<LoadedModels<Name>>;
  /** Forgets which kernels were found to be fastest here: the next load of new agents times them again. */
  forgetTuning(): Promise<void>;
}

export interface LoadPlan {
  config: RunConfig;
  task: Task;
  tokenizer: Tokenizer;
  recorded: Provenance;
  /** For a run that has recorded none. */
  kernels: KernelChoice;
  progress: Progress;
}

export interface LoadedModels<Name extends string> {
  agents: Record<Name, Agent>;
  /** What computes from here on. */
  provenance: Provenance;
  states(): Promise<Record<Name, AgentState>>;
  destroy(): void;
}

export interface LoadedAgents extends Omit<LoadedModels<AgentName>, 'states'> {
  /** Of the agents that are on the GPU. */
  states(): Promise<Record<string, AgentState>>;
  /** What was timed on this adapter to choose the kernels; empty where nothing was. */
  trials: readonly Trial[];
  /** Measures steps while it is on. */
  meter: Pick<Meter, 'on' | 'measure'>;
}

/** The world around the trainer: everything that a test stands in for, or a worker wires up. */
export interface Ports {
  emit: (news: TrainerNews) => void;
  openEngine: (progress: Progress) => Promise<Engine>;
  environmentOf: (level: string) => Environment;
  baseAgents: (level: string, progress: Progress) => Promise<BaseAgents>;
  /** What a table's runs begin with. */
  beginning: (level: string) => Promise<Beginning>;
  store: KeptRuns;
  guests: GuestStore;
  reproductions: ReproductionStore;
  /** Takes a run for this tab, or throws; returns what gives it back. */
  lock: (run: string) => Promise<() => void>;
}
