import * as v from 'valibot';
import { checkConfig, type LlamaConfig } from '../model/config';
import { short } from './short';

/** A config.json that is not of a Llama this engine computes. */
export class ModelConfigError extends Error {
  override name = 'ModelConfigError';
}

/** What the transformers library wants beside the sizes; fixed, since the engine computes nothing else. */
const fixed = {
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_act: 'silu',
  attention_bias: false,
  attention_dropout: 0,
  mlp_bias: false,
  rope_scaling: null,
  pretraining_tp: 1,
  initializer_range: 0.02,
  use_cache: true,
  torch_dtype: 'float32',
};

/** config.json of a `LlamaForCausalLM`, as a plain object. */
export function writeLlamaConfig(
  config: LlamaConfig,
  ids: { bos_token_id: number; eos_token_id: number; pad_token_id: number },
): Record<string, unknown> {
  return { ...fixed, ...config, ...ids };
}

/** Ceilings keep a hostile file from making us plan for terabytes; real models stay far below. */
const size = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));
const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));

const schema = v.object({
  model_type: v.literal('llama'),
  hidden_act: v.optional(v.literal('silu'), 'silu'),
  attention_bias: v.optional(v.literal(false), false),
  mlp_bias: v.optional(v.literal(false), false),
  rope_scaling: v.nullish(v.null(), null),
  vocab_size: size(1_000_000),
  hidden_size: size(32_768),
  intermediate_size: size(131_072),
  num_hidden_layers: size(256),
  num_attention_heads: size(1024),
  num_key_value_heads: v.optional(size(1024)),
  head_dim: v.nullish(size(1024)),
  max_position_embeddings: size(10_000_000),
  rms_norm_eps: positive,
  rope_theta: v.optional(positive),
  rope_parameters: v.nullish(v.object({ rope_type: v.literal('default'), rope_theta: positive })),
  tie_word_embeddings: v.optional(v.boolean(), false),
});

/**
 * Reads a config.json with transformers' defaults for the keys it leaves out. Throws `ModelConfigError` naming the key
 * that is wrong, `UnsupportedModelError` for sizes outside what the engine computes.
 */
export function readLlamaConfig(json: unknown, file = 'config.json'): LlamaConfig {
  const read = v.safeParse(schema, json);
  if (!read.success) {
    const [issue] = read.issues;
    const why = issue.received === 'undefined' ? 'it is missing' : short(issue.message);
    throw new ModelConfigError(
      `Cannot use ${file}: ${v.getDotPath(issue) ?? 'the file'}: ${why}. Choose a Llama checkpoint with SiLU, no biases and plain RoPE.`,
    );
  }
  const { output } = read;
  const config: LlamaConfig = {
    vocab_size: output.vocab_size,
    hidden_size: output.hidden_size,
    intermediate_size: output.intermediate_size,
    num_hidden_layers: output.num_hidden_layers,
    num_attention_heads: output.num_attention_heads,
    num_key_value_heads: output.num_key_value_heads ?? output.num_attention_heads,
    head_dim: output.head_dim ?? output.hidden_size / output.num_attention_heads,
    max_position_embeddings: output.max_position_embeddings,
    rms_norm_eps: output.rms_norm_eps,
    rope_theta: output.rope_theta ?? output.rope_parameters?.rope_theta ?? 10_000,
    tie_word_embeddings: output.tie_word_embeddings,
  };
  checkConfig(config);
  return config;
}
