/** The config of a Llama from a GGUF header. */
import type { LlamaConfig } from '../../model/config';
import { readLlamaConfig } from '../llama-config';
import { short } from '../short';
import type { Refusal } from './error';
import type { Metadata } from './metadata';
import { ropeScaling } from './rope';

const ARCHITECTURE = 'llama';
const supported = `Models of the architecture ${ARCHITECTURE} in one file can be read: choose another checkpoint.`;

/** Refuses what is no whole Llama, by name. */
export function checkArchitecture(metadata: Metadata, { unsupported }: Refusal): void {
  const type = metadata.text('general.type') ?? 'model';
  if (type !== 'model') unsupported(`it holds no model, but is of the type ${short(type)}`, supported);
  const architecture = metadata.needText('general.architecture');
  if (architecture !== ARCHITECTURE) unsupported(`its architecture is ${short(architecture)}`, supported);
  const parts = metadata.number('split.count') ?? 1;
  if (parts > 1) {
    unsupported(`it is one of ${parts} parts`, 'Join them into one file with llama-gguf-split --merge.');
  }
}

/** What changes what is computed, and the value by which it does not. */
const neutral: Readonly<Record<string, number>> = {
  expert_count: 0,
  'attention.scale': 0,
  'attention.sliding_window': 0,
  'attention.clamp_kqv': 0,
  'attention.max_alibi_bias': 0,
  'attention.logit_softcapping': 0,
  'rope.scaling.attn_factor': 1,
  embedding_scale: 1,
  residual_scale: 1,
  logit_scale: 1,
};

/** What the config is read from beside the metadata. */
export interface Weights {
  /** Words that the embedding has a row for. */
  words: number;
  /** Whether the head is the embedding. */
  tied: boolean;
  /** What RoPE's frequencies are divided by, one for each pair of a head; null where that is nothing. */
  ropeFactors: Float32Array | null;
}

/** Throws `GgufError`, or what `readLlamaConfig` throws. */
export function readConfig(metadata: Metadata, { words, tied, ropeFactors }: Weights, refusal: Refusal): LlamaConfig {
  const key = (name: string) => `${ARCHITECTURE}.${name}`;
  const find = (name: string) => metadata.number(key(name));
  const need = (name: string) => metadata.needNumber(key(name));
  for (const [name, value] of Object.entries(neutral)) {
    const found = find(name) ?? value;
    if (found !== value) refusal.unsupported(`"${key(name)}" is ${found}, which is not computed here`, supported);
  }
  if (metadata.flag(key('attention.causal')) === false) refusal.unsupported('its attention is not causal', supported);
  const vocabulary = find('vocab_size') ?? words;
  if (vocabulary !== words) {
    refusal.damaged(`its header says ${vocabulary} words, and its embedding has ${words}`);
  }
  const [hidden, heads] = [need('embedding_length'), need('attention.head_count')];
  const head = find('attention.key_length') ?? hidden / heads;
  for (const name of ['attention.value_length', 'rope.dimension_count']) {
    const found = find(name) ?? head;
    if (found !== head) {
      refusal.unsupported(
        `"${key(name)}" is ${found} where its heads have ${head}, which is not computed here`,
        supported,
      );
    }
  }
  return readLlamaConfig(
    {
      model_type: 'llama',
      vocab_size: words,
      hidden_size: hidden,
      intermediate_size: need('feed_forward_length'),
      num_hidden_layers: need('block_count'),
      num_attention_heads: heads,
      num_key_value_heads: find('attention.head_count_kv') ?? heads,
      head_dim: head,
      max_position_embeddings: need('context_length'),
      rms_norm_eps: need('attention.layer_norm_rms_epsilon'),
      rope_theta: find('rope.freq_base') ?? 10_000,
      rope_scaling: ropeScaling(metadata, ropeFactors, refusal),
      tie_word_embeddings: tied,
    },
    refusal.file,
  );
}
