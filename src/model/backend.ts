import type { AdapterSummary } from './adapter-summary';
import type { Agent, TokenDecoder } from './agent';
import type { MemoryEstimates } from './memory';
import type { Meter } from './meter';
import type { Provenance } from './provenance';
import type { DecoderRequest, ModelCapacity } from './capacity';
import type { AgentState } from './state';
import type { TokenRules } from './token-rules';
import type { TrainableModel } from './trainable-model';
import type { Trial, VariantWish } from './variants';

/**
 * What computes models. Whoever has one does not know which it is: WebGPU (`src/lm/backend`) is one; nothing here asks
 * for a GPU. One that is asked for what it has no room for refuses before anything is allocated, in the words of `advice`.
 */
export interface Backend extends MemoryEstimates {
  /** What it is called where somebody is told, or a measurement keeps it. */
  readonly name: string;
  readonly adapter: AdapterSummary;
  /** What a run records of it; the variants are known once models are open. */
  readonly provenance: Provenance;
  /** Resolves when what computes is gone, by nobody's wish. Nothing that was opened is of use then. */
  readonly lost: Promise<{ reason: string }>;
  /** Compares a tiny step with numbers on file, in the plain variants. `progress` counts what is compiled. */
  selfCheck(progress?: (done: number, total: number) => void): Promise<SelfCheck>;
  /** Models that learn, by name, in these states. Models of one shape may share what is not theirs alone. */
  open<Name extends string>(
    states: Readonly<Record<Name, AgentState>>,
    capacity: ModelCapacity,
    options: OpenOptions,
  ): Promise<OpenedModels<Name>>;
  /** A model that only decodes. */
  openDecoder(
    model: Pick<AgentState, 'config' | 'parameters'>,
    capacity: DecoderRequest,
    options: OpenOptions,
  ): Promise<OpenedDecoder>;
  /** Forgets which variants were found to be fastest here: what is opened next times them again. */
  forgetTuning(): Promise<void>;
  /** Frees everything that was opened, too. */
  close(): void;
}

export interface SelfCheck {
  passed: boolean;
  /** Largest difference from the numbers on file, relative to the largest number of its kind. */
  worst: number;
}

export interface OpenOptions {
  rules: TokenRules;
  /** The plain ones if left out. */
  variants?: VariantWish;
  /** Counts what is compiled. */
  progress?: ((done: number, total: number) => void) | undefined;
  /** What adapters stand on, in the flat layout: all models are of this base, which none of them changes. */
  base?: Float32Array<ArrayBuffer>;
}

export interface Opened {
  /** What computes from here on. */
  provenance: Provenance;
  /** Memory that was expected to be taken, in bytes. */
  bytes: number;
  /** Frees all that it takes. */
  close(): void;
}

export interface OpenedModels<Name extends string = string> extends Opened {
  models: Record<Name, TrainableModel>;
  /** What was ever timed to choose the variants; empty where nothing was. */
  trials: readonly Trial[];
  meter: Meter;
  /** All models as they stand. */
  states(): Promise<Record<Name, AgentState>>;
}

export interface OpenedDecoder extends Opened {
  decoder: TokenDecoder & Pick<Agent, 'generate'>;
}
