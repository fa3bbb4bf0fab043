import type { DecoderRequest, ModelCapacity } from '../model/capacity';
import type { LlamaConfig } from '../model/config';
import { parameterLayout } from '../model/layout';
import { distinctShapes, trainedSize, type ModelShape } from '../model/shapes';
import { mebibytes, type MemoryEstimates, type MemoryNeed } from '../model/memory';

/** Models would take more memory than there is. */
export class MemoryError extends Error {
  override name = 'MemoryError';
}

/** Of a float. */
const BYTES = 4;

/** Sequences that are generated side by side. */
export const slotsOf = ({ generation }: ModelCapacity): number => generation?.slots ?? 1;

/** Tokens that are computed at once. */
export const tokensAtOnce = ({ length, training }: ModelCapacity): number =>
  Math.max(length, Math.min(training.tokens, training.microBatchTokens ?? training.tokens));

/** What models take of `mostBytes`. Graphs are counted by the tensors that the backward pass reads, and logits thrice. */
export class CpuMemory implements MemoryEstimates {
  readonly #mostBytes: number;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  estimate(shapes: readonly ModelShape[], capacity: ModelCapacity): MemoryNeed {
    const { parameters, optimizer, gradients } = standing(shapes);
    const { length, generation } = capacity;
    const each = (tokens: number) => Math.max(...shapes.map((shape) => tokens * bytesOfToken(shape, length)));
    // Nothing of a prompt is kept but keys and values, and of what is written.
    const generating = generation
      ? Math.max(...shapes.map((shape) => generation.slots * length * bytesOfCache(shape)))
      : 0;
    const fixed = parameters + optimizer + gradients + generating;
    return this.#need(fixed + each(tokensAtOnce(capacity)), () => {
      const most = Math.floor((this.#mostBytes - fixed) / each(1));
      return most >= length ? capacity.advice(most) : 'Choose smaller agents or shorter sequences.';
    });
  }

  estimateDecoder(shape: LlamaConfig, { length, slots = 1, advice }: DecoderRequest): MemoryNeed {
    // The weights as they are given, and what a session packs of them for its two ways: reading prompts, and writing.
    const fixed = 3 * BYTES * parameterLayout(shape).size;
    const each = slots * (2 * bytesOfCache(shape) + BYTES * shape.vocab_size);
    return this.#need(fixed + length * each, () => {
      const most = Math.floor((this.#mostBytes - fixed) / each);
      return most > 0 ? advice(most) : 'Choose a smaller model.';
    });
  }

  #need(bytes: number, advice: () => string): MemoryNeed {
    if (bytes <= this.#mostBytes) return { bytes };
    return { refusal: `This needs ${mebibytes(bytes)}, and there are ${mebibytes(this.#mostBytes)}. ${advice()}` };
  }
}

/** Bytes that are there all the time. The gradient of a shape stands in the session and beside it. */
export function standing(shapes: readonly ModelShape[]) {
  const sum = (of: readonly ModelShape[]) => of.reduce((total, shape) => total + BYTES * trainedSize(shape), 0);
  // A frozen base stands beside the session that writes, in it, and packed.
  const bases = distinctShapes(shapes.filter(({ lora }) => lora).map(({ lora: _, ...base }) => base));
  const frozen = 3 * bases.reduce((total, base) => total + BYTES * parameterLayout(base).size, 0);
  return {
    // With the reference, and with both moments.
    parameters: 2 * sum(shapes) + frozen,
    optimizer: 2 * sum(shapes),
    gradients: 2 * sum(distinctShapes(shapes)),
  };
}

function bytesOfToken(config: LlamaConfig, length: number): number {
  const { hidden_size: hidden, intermediate_size: inner, num_attention_heads: heads } = config;
  const layer = 10 * hidden + 5 * inner + 3 * heads * length;
  return BYTES * (config.num_hidden_layers * layer + 3 * config.vocab_size);
}

const bytesOfCache = ({ num_hidden_layers, num_key_value_heads, head_dim }: LlamaConfig) =>
  BYTES * 2 * num_hidden_layers * num_key_value_heads * head_dim;
