import type { RopeConfig } from './rope';

/** Architecture of a Llama-style decoder. Keys are Hugging Face `LlamaConfig`'s, so that this object is a config.json. */
export interface LlamaConfig extends RopeConfig {
  vocab_size: number;
  hidden_size: number;
  intermediate_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  num_key_value_heads: number;
  max_position_embeddings: number;
  rms_norm_eps: number;
  tie_word_embeddings: boolean;
}

export class UnsupportedModelError extends Error {
  override name = 'UnsupportedModelError';
}

/** Throws `UnsupportedModelError` saying which key is outside what the engine computes. */
export function checkConfig(config: LlamaConfig): void {
  const refuse = (why: string) => {
    throw new UnsupportedModelError(
      `This model cannot run here: ${why}. Choose sizes that fit, or another checkpoint.`,
    );
  };
  const { hidden_size, intermediate_size, num_attention_heads, num_key_value_heads, head_dim } = config;
  for (const [key, value] of Object.entries(config)) {
    if (typeof value === 'number' && !(value > 0)) refuse(`${key} is ${value}, not a positive number`);
  }
  if (hidden_size % 4 || intermediate_size % 4) refuse('hidden_size and intermediate_size must be multiples of 4');
  if (head_dim % 8) refuse('head_dim must be a multiple of 8');
  if (head_dim > 128) refuse('head_dim must be at most 128');
  if (num_attention_heads % num_key_value_heads)
    refuse('num_attention_heads must be a multiple of num_key_value_heads');
  if (num_attention_heads * head_dim !== hidden_size) refuse('num_attention_heads · head_dim must equal hidden_size');
}
