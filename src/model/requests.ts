import type { GenerateOptions } from './agent';
import type { LlamaConfig } from './config';

/** A batch that cannot be learned from or read; the message says which sequence and why. */
export class BatchError extends Error {
  override name = 'BatchError';
}

/** Throws `BatchError` for tokens outside the vocabulary and for sequences that are empty or longer than the model. */
export function checkIds(
  sequences: readonly (readonly number[])[],
  { vocab_size, max_position_embeddings }: Pick<LlamaConfig, 'vocab_size' | 'max_position_embeddings'>,
): void {
  sequences.forEach((ids, s) => {
    if (ids.length === 0) throw new BatchError(`Sequence ${s} is empty. Give it at least one token.`);
    if (ids.length > max_position_embeddings) {
      const most = max_position_embeddings;
      throw new BatchError(`Sequence ${s} has ${ids.length} tokens and the model reads ${most}. Shorten it.`);
    }
    const stray = ids.find((id) => !(Number.isInteger(id) && id >= 0 && id < vocab_size));
    if (stray !== undefined) {
      throw new BatchError(`Sequence ${s} holds token ${stray}, outside the ${vocab_size} that the model knows.`);
    }
  });
}

/** Throws `BatchError` for prompts that cannot be read, and for impossible options. */
export function checkGeneration(
  prompts: readonly (readonly number[])[],
  { draw: { rollouts }, cache, maxNewTokens }: Pick<GenerateOptions, 'draw' | 'cache' | 'maxNewTokens'>,
  config: LlamaConfig,
): void {
  checkIds(prompts, config);
  if (rollouts.length !== prompts.length) {
    throw new BatchError(`${prompts.length} prompts need as many rollout numbers, not ${rollouts.length}.`);
  }
  if (cache && cache.length !== prompts.length) {
    throw new BatchError(`${prompts.length} prompts need as many cache keys, or none, not ${cache.length}.`);
  }
  if (!(maxNewTokens > 0)) throw new BatchError(`Cannot generate ${maxNewTokens} tokens. Ask for one at least.`);
}

/** Work that shares buffers, one call at a time. */
export class OneAtATime {
  #busy = false;

  /** Throws `BatchError` while another call is at work. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#busy) throw new BatchError('The model is at work already. Await that call before the next one.');
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }
}
