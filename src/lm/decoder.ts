import { allocate } from '../gpu/buffer-spec';
import type { Gpu } from '../gpu/device';
import type { Agent, Completion, GenerateOptions, TokenDecoder } from '../model/agent';
import { inferenceActivationsIn, inferenceBuffers } from './activations';
import { checkConfig, UnsupportedModelError, type LlamaConfig } from '../model/config';
import { forwardConstants } from './constants';
import { DecoderWeights } from './decoder-weights';
import { Generator, type DecodingWorkspace } from './generator';
import { decoderKernels, kernelList } from './kernels';
import { parameterLayout } from '../model/layout';
import type { DecoderCapacity } from '../model/capacity';
import type { TokenRules } from '../model/token-rules';
import { plainVariants, type Variants } from './variants';
import { WorkCounter } from '../model/work-counter';

/** Tokens of prompts that are read at once: enough to keep a GPU busy. */
const READ_AT_ONCE = 64;

export interface DecoderOptions extends DecoderCapacity {
  rules: TokenRules;
  /** Which kernels to use; the plain ones if left out. */
  variants?: Variants;
}

/** A capacity with nothing left out. No sequence is longer than the model's positions. */
export function wholeCapacity(
  { max_position_embeddings }: LlamaConfig,
  { length: wanted, newTokens = wanted, slots = 1 }: DecoderCapacity,
): Required<DecoderCapacity> {
  const length = Math.min(wanted, max_position_embeddings);
  return { length, newTokens: Math.min(newTokens, length), slots };
}

/** Tokens that a decoder computes at once. */
export const decodedAtOnce = ({ length, slots }: Required<DecoderCapacity>) =>
  Math.max(slots, Math.min(READ_AT_ONCE, slots * length));

/** Buffers that the passes of a decoder go through. */
export const decodingBuffers = (config: LlamaConfig, capacity: Required<DecoderCapacity>) => ({
  constants: { forward: forwardConstants(config, capacity.length) },
  inference: inferenceBuffers(config, { tokens: decodedAtOnce(capacity), rows: capacity.slots }),
});

/**
 * A Llama-style decoder on the GPU that does not learn. It has only the weights that a forward pass reads, and room for the
 * tokens that it reads at once. It reads token by token, or generates as the agents do.
 */
export class GpuDecoder implements TokenDecoder, Pick<Agent, 'generate'> {
  readonly config: LlamaConfig;
  /** The work that it has done so far. */
  readonly work = new WorkCounter();
  readonly #weights: DecoderWeights;
  readonly #generator: Generator;

  /** `gpu.prepare(GpuDecoder.kernels(config, options))` must have finished. */
  constructor(gpu: Gpu, config: LlamaConfig, { rules, variants = plainVariants, ...wanted }: DecoderOptions) {
    checkConfig(config);
    this.config = config;
    const capacity = wholeCapacity(config, wanted);
    const kernels = decoderKernels(config, capacity.newTokens, variants);
    this.#weights = new DecoderWeights(gpu, kernels, config);
    const { constants, inference } = allocate(gpu, decodingBuffers(config, capacity));
    const workspace: DecodingWorkspace = {
      tokens: decodedAtOnce(capacity),
      constants,
      inference: inferenceActivationsIn(inference),
    };
    this.#generator = new Generator(gpu, kernels, config, this.#weights, rules, capacity, workspace, this.work);
  }

  static kernels(config: LlamaConfig, { variants = plainVariants, ...wanted }: Omit<DecoderOptions, 'rules'>) {
    return kernelList(decoderKernels(config, wholeCapacity(config, wanted).newTokens, variants));
  }

  /** Throws `UnsupportedModelError` for parameters of another shape. */
  load(parameters: Float32Array<ArrayBuffer>): void {
    const { size } = parameterLayout(this.config);
    if (parameters.length !== size) {
      throw new UnsupportedModelError(
        `These are ${parameters.length} numbers, not the ${size} of this model. Load them into a model made for them.`,
      );
    }
    this.#weights.load(parameters);
    this.#generator.forget();
  }

  /** Logits [vocab_size] of the token after `ids`. One token more than in the call before costs one pass. */
  next(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    return this.#generator.next(ids);
  }

  generate(prompts: readonly (readonly number[])[], options: GenerateOptions): Promise<Completion[]> {
    return this.#generator.generate(prompts, options);
  }
}
