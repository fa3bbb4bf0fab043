import type { LlamaConfig } from './config';

interface Size {
  hidden: number;
  layers: number;
  heads: number;
  inner: number;
}

/** Decoders by their rough number of parameters, all of one family: SwiGLU about 11/4 of hidden, a key head a query head. */
export const sizes = {
  '0.06M': { hidden: 48, layers: 2, heads: 3, inner: 128 },
  '0.1M': { hidden: 64, layers: 2, heads: 4, inner: 176 },
  '0.17M': { hidden: 64, layers: 3, heads: 4, inner: 176 },
  '0.9M': { hidden: 128, layers: 4, heads: 4, inner: 352 },
  '5M': { hidden: 256, layers: 6, heads: 8, inner: 704 },
  '15M': { hidden: 384, layers: 8, heads: 6, inner: 1056 },
  '30M': { hidden: 512, layers: 9, heads: 8, inner: 1408 },
} as const satisfies Record<string, Size>;

export type SizeName = keyof typeof sizes;
export const sizeNames = Object.keys(sizes) as SizeName[];

/** Architecture of a size for a vocabulary and the longest sequence that it is to read. */
export function sizedConfig({ hidden, layers, heads, inner }: Size, vocabulary: number, length: number): LlamaConfig {
  return {
    vocab_size: vocabulary,
    hidden_size: hidden,
    intermediate_size: inner,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: heads,
    head_dim: hidden / heads,
    max_position_embeddings: length,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: true,
  };
}
