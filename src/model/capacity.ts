/** The largest batches that models are to have room for, in plain numbers. */

/** Most tokens and sequences that one training batch may hold. */
export interface TrainingCapacity {
  tokens: number;
  sequences: number;
  /** Most tokens that are computed at once: a larger batch goes through in parts. Left out, all of a batch. */
  microBatchTokens?: number;
}

/** How much a model that only decodes may hold. */
export interface DecoderCapacity {
  /** Tokens of a sequence, prompt and new ones. */
  length: number;
  /** New tokens of a generation; as many as a sequence holds if left out. */
  newTokens?: number;
  /** Sequences generated side by side, one if left out; more prompts go through in turns. */
  slots?: number;
}

/** Of models that learn. */
export interface ModelCapacity {
  /** Tokens of the longest sequence, prompt and new ones. No fewer are computed at once. */
  length: number;
  training: TrainingCapacity;
  /** Sequences side by side (fewer where memory asks for it) and new tokens of each; null where nothing is generated. */
  generation: { slots: number; newTokens: number } | null;
  /** Words how to compute at most so many tokens at once, which is what would fit. */
  advice: (tokens: number) => string;
}

/** Of a model that only decodes. */
export interface DecoderRequest extends DecoderCapacity {
  /** Words how to keep sequences to so many tokens, which is what would fit. */
  advice: (length: number) => string;
}
