import * as v from 'valibot';
import { checkConfig, type LlamaConfig } from '../model/config';
import { readRope } from './rope-config';
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

/** Keys that are left out have transformers' defaults; those that change what is computed may say one thing only. */
const schema = v.object({
  model_type: v.literal('llama'),
  hidden_act: v.nullish(v.picklist(['silu', 'swish'])),
  attention_bias: v.nullish(v.literal(false)),
  mlp_bias: v.nullish(v.literal(false)),
  vocab_size: v.nullish(size(1_000_000), 32_000),
  hidden_size: v.nullish(size(32_768), 4096),
  intermediate_size: v.nullish(size(131_072), 11_008),
  num_hidden_layers: v.nullish(size(256), 32),
  num_attention_heads: v.nullish(size(1024), 32),
  num_key_value_heads: v.nullish(size(1024)),
  head_dim: v.nullish(size(1024)),
  max_position_embeddings: v.nullish(size(10_000_000), 2048),
  rms_norm_eps: v.nullish(positive, 1e-6),
  tie_word_embeddings: v.nullish(v.boolean()),
});

const advice =
  'Choose a Llama checkpoint with SiLU, no biases, unquantised weights, and RoPE that is plain, linear or llama3.';

/**
 * Reads a config.json as transformers 5 does, with its defaults for the keys that are left out. Throws `ModelConfigError`
 * naming the key that is wrong or not computed here, `UnsupportedModelError` for sizes outside what the engine computes.
 */
export function readLlamaConfig(json: unknown, file = 'config.json'): LlamaConfig {
  const refuse = (key: string, why: string): never => {
    throw new ModelConfigError(`Cannot use ${file}: ${key}: ${why}. ${advice}`);
  };
  const read = v.safeParse(schema, json);
  if (!read.success) {
    const [issue] = read.issues;
    return refuse(
      v.getDotPath(issue) ?? 'the file',
      issue.received === 'undefined' ? 'it is missing' : short(issue.message),
    );
  }
  const whole = json as Record<string, unknown>;
  if (whole.quantization_config != null) refuse('quantization_config', 'its weights are quantised');
  const { output } = read;
  const config: LlamaConfig = {
    vocab_size: output.vocab_size,
    hidden_size: output.hidden_size,
    intermediate_size: output.intermediate_size,
    num_hidden_layers: output.num_hidden_layers,
    num_attention_heads: output.num_attention_heads,
    num_key_value_heads: output.num_key_value_heads ?? output.num_attention_heads,
    head_dim: output.head_dim ?? Math.floor(output.hidden_size / output.num_attention_heads),
    max_position_embeddings: output.max_position_embeddings,
    rms_norm_eps: output.rms_norm_eps,
    ...readRope(whole, output.max_position_embeddings, refuse),
    tie_word_embeddings: output.tie_word_embeddings ?? false,
  };
  checkConfig(config);
  return config;
}
