import type { LlamaConfig } from '../../src/model/config';

const tiny: LlamaConfig = {
  vocab_size: 37,
  hidden_size: 32,
  intermediate_size: 28,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-5,
  rope_theta: 10000,
  tie_word_embeddings: true,
};

/** Small models that together use every choice of the architecture; odd sizes on purpose. */
export const tinyConfigs: Record<string, LlamaConfig> = {
  'tied, grouped-query': tiny,
  'untied, one key/value head per query head': {
    ...tiny,
    num_key_value_heads: 4,
    tie_word_embeddings: false,
    rope_theta: 500,
  },
  'untied, one key/value head': {
    ...tiny,
    hidden_size: 48,
    head_dim: 16,
    num_attention_heads: 3,
    num_key_value_heads: 1,
    tie_word_embeddings: false,
    rms_norm_eps: 1e-6,
  },
};
