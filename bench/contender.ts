import type { AgentState } from '../src/model/state';

/** What every contender starts from: the same parameters, by their Hugging Face names in `parameterLayout(config)`. */
export type Start = AgentState;

/** Someone who trains: AdamW, the same constants for all. */
export interface TrainingContender {
  readonly name: string;
  /**
   * One whole training step on sequences of equal length L + 1: forward over the first L tokens of each, mean
   * cross-entropy of every next token, backward, gradient clipped to norm 1, AdamW. Returns the loss before the step,
   * read back: the step has ended when it resolves.
   */
  train(batch: readonly (readonly number[])[]): Promise<number>;
  /** Frees all that it holds on the GPU. */
  dispose(): void;
}

/** Someone who generates with a KV cache, greedily. */
export interface GenerationContender {
  readonly name: string;
  /** Exactly `newTokens` more ids for each prompt; prompts have equal lengths. */
  generate(prompts: readonly (readonly number[])[], newTokens: number): Promise<number[][]>;
  dispose(): void;
}

/** Who takes part. A contender's library is loaded only when it opens. */
export interface Entry<Contender, Workload, From = Start> {
  name: string;
  /** Why it sits out of a workload, null if it takes part. */
  sitsOut: (workload: Workload) => string | null;
  open: (start: From, workload: Workload) => Promise<Contender>;
}

/** What contenders are held against: it takes turns with them, and is not one of them. */
export interface Pace {
  readonly name: string;
  /** Resolves when the GPU is done. */
  run(): Promise<void>;
  dispose(): void;
}

/** The training step's constants, as in `src/lm/optimizer.ts`. */
export const training = { learningRate: 1e-3, gradientClip: 1 } as const;
