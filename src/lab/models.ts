import type { LlamaConfig } from '../lm/config';
import { sequenceLimits } from '../waltz/dialogue';
import type { Level, Limits } from '../world/world';

/** The most rounds that a config may ask for; base agents have room for all of them. */
export const MAXIMUM_ROUNDS = 4;

const sizes: Record<Level, { hidden: number; layers: number; heads: number; inner: number }> = {
  tiny: { hidden: 48, layers: 2, heads: 3, inner: 128 },
  standard: { hidden: 64, layers: 2, heads: 4, inner: 176 },
  hard: { hidden: 64, layers: 3, heads: 4, inner: 176 },
};

/** Architecture of both agents of a level; positions reach as far as the longest game with `MAXIMUM_ROUNDS`. */
export function modelConfig(level: Level, vocabularySize: number, limits: Limits): LlamaConfig {
  const { hidden, layers, heads, inner } = sizes[level];
  const longest = sequenceLimits(limits, MAXIMUM_ROUNDS);
  return {
    vocab_size: vocabularySize,
    hidden_size: hidden,
    intermediate_size: inner,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: heads,
    head_dim: hidden / heads,
    max_position_embeddings: Math.max(longest.conversation, longest.feedback),
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: true,
  };
}
