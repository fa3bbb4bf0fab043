import type { Agent, TokenDecoder } from './agent';
import type { LlamaConfig } from './config';
import type { AgentState } from './state';

/** A weighted sequence: one weight per id, on predicting it; 0 on what is only read. */
export interface SupervisedSequence {
  ids: readonly number[];
  weights: readonly number[];
}

export interface SupervisedOptions {
  learningRate: number;
  gradientClip: number;
}

export interface SupervisedReport {
  /** Weighted mean cross-entropy before the step, in nats a token. */
  loss: number;
  /** Those that were read. */
  tokens: number;
  /** Global L2 norm before clipping. */
  grad_norm: number;
}

/** Of every token but the first of a sequence, in nats. */
export interface Score {
  logprobs: number[];
  entropies: number[];
}

/**
 * A language model that some backend computes: the `Agent` of the algorithm, read token by token where that is wanted,
 * trained on examples, scored, saved and loaded. Calls take effect in their order; one at a time is at work.
 */
export interface TrainableModel extends Agent, TokenDecoder {
  readonly config: LlamaConfig;
  /** One AdamW step on the weighted mean cross-entropy of the batch. */
  supervise(examples: readonly SupervisedSequence[], options: SupervisedOptions): Promise<SupervisedReport>;
  /** One per sequence, under the present parameters, which do not change. */
  score(sequences: readonly (readonly number[])[]): Promise<Score[]>;
  /** Becomes this state, bit for bit. Throws `UnsupportedModelError` for one of another shape. */
  load(state: AgentState): void;
  /** Everything that it is at this moment. */
  save(): Promise<AgentState>;
}
