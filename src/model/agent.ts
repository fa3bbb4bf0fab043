import type { StreamName } from '../random/philox';

/**
 * What the algorithm knows of a language model: it continues token sequences and learns from rewarded ones. Everything
 * is batched and asynchronous. A real agent is a `TrainableModel` of some backend; a scripted one stands in for it in tests.
 */
export interface Agent {
  /** Continues each prompt until an end token or `maxNewTokens`. Order is kept. */
  generate(prompts: readonly (readonly number[])[], options: GenerateOptions): Promise<Completion[]>;
  /** One policy-gradient update (or `updatesPerBatch` of them) on this agent's own batch. */
  update(samples: readonly PolicySample[], options: UpdateOptions): Promise<UpdateReport>;
  /** From here on the reference policy is this agent as it stands. */
  anchor(): void;
}

/** A language model read token by token: whoever draws sees what else could have come. */
export interface TokenDecoder {
  /**
   * Logits [vocab_size] of the token after `ids`. What the call before had read of the same beginning is not read again.
   */
  next(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>>;
}

/** Where a generation's random draws belong: Philox key (seed, stream), counter (step, rollout, phase, token). */
export interface DrawPlace {
  seed: number;
  stream: StreamName;
  step: number;
  /** One number per prompt: the rollout (or evaluation prompt) that it belongs to. */
  rollouts: readonly number[];
  /** 4·round + phase; phase 0 = answer, 1 = feedback. */
  phase: number;
}

/** At the place right after token `after` has been read: the probability of `token`. */
export interface Probe {
  after: number;
  token: number;
}

/** A turn of a game: who writes, and in which round, from 0 on. */
export interface Turn {
  role: string;
  round: number;
}

export interface GenerateOptions {
  maxNewTokens: number;
  /** 0 is greedy. */
  temperature: number;
  draw: DrawPlace;
  /** The turn that the texts are written for; left out, they belong to no game. It changes nothing of them. */
  turn?: Turn;
  /**
   * One key per prompt. What a call computed of a sequence may be reused by a later call whose prompt has the same key and
   * the same beginning. Left out, nothing is reused. It changes nothing of the texts, only how fast they come.
   */
  cache?: readonly number[];
  probes?: readonly Probe[];
}

export interface Completion {
  /** Prompt and new tokens; an end token is kept when it was reached. */
  ids: number[];
  /** Of each new token, under the model at temperature 1, over its whole vocabulary. */
  logprobs: number[];
  /** One per probe, `NaN` where its place was not reached. */
  probes: number[];
}

/** One sequence of an update. */
export interface PolicySample {
  ids: readonly number[];
  /** Tokens from this index on are learnable (the agent's own last text, end token included). */
  learnableFrom: number;
  /** Of those, the indices of tokens that it did not choose and does not learn from; none if left out. */
  given?: readonly number[];
  /** Terminal reward after any group baseline was taken off. */
  reward: number;
}

/** The mean of the loss is over all tokens of the batch, or over each sequence first (eq. 4). */
export type LossMean = 'tokens' | 'sequences';

export interface UpdateOptions {
  learningRate: number;
  /** KL coefficient β of the token-level k1 penalty against the reference policy. */
  beta: number;
  /** Clip range ε of the surrogate. */
  epsilon: number;
  lossMean: LossMean;
  /** Whiten advantages over all tokens of the batch. */
  normalize: boolean;
  updatesPerBatch: number;
  gradientClip: number;
}

export interface UpdateReport {
  loss: number;
  /** Mean over tokens of log(π_old/π_ref). */
  kl: number;
  entropy: number;
  /** Global L2 norm before clipping, last update of the batch. */
  grad_norm: number;
  /** Share of tokens whose ratio left [1−ε, 1+ε], last update of the batch. */
  clip_ratio: number;
  /** Learnable tokens in the batch. */
  tokens: number;
  /** Mean advantage over its tokens, one per sample (what the page shows for a text). */
  advantages: number[];
}
