/** A small Llama as a GGUF file, with a byte-level tokenizer. */
import type { LlamaConfig } from '../../../src/model/config';
import { parameterLayout } from '../../../src/model/layout';
import { agentState, smallConfig } from '../fixtures';
import { writeGguf, type Entries, type GgufTensor } from './write-gguf';

/** GPT-2's letters for the bytes. */
const letters = (() => {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const shown = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCharCode(shown ? byte : next++);
  });
})();
const tokens = ['<s>', '</s>', '<|user|>', ...letters, 'th', 'the', 'Ġthe', '[PAD262]', '[PAD263]', 'café'];
export const smallVocabulary = tokens;

export const config: LlamaConfig = { ...smallConfig, vocab_size: tokens.length };
export const { parameters } = agentState(1, config);

export const entries: Entries = {
  'general.architecture': ['text', 'llama'],
  'general.name': ['text', 'small'],
  'llama.block_count': ['u32', config.num_hidden_layers],
  'llama.context_length': ['u32', config.max_position_embeddings],
  'llama.embedding_length': ['u32', config.hidden_size],
  'llama.feed_forward_length': ['u32', config.intermediate_size],
  'llama.attention.head_count': ['u32', config.num_attention_heads],
  'llama.attention.head_count_kv': ['u32', config.num_key_value_heads],
  'llama.attention.layer_norm_rms_epsilon': ['f32', 2 ** -17],
  'llama.rope.dimension_count': ['u32', config.head_dim],
  'tokenizer.ggml.model': ['text', 'gpt2'],
  'tokenizer.ggml.pre': ['text', 'gpt-2'],
  'tokenizer.ggml.tokens': ['text', tokens],
  'tokenizer.ggml.token_type': [
    'i32',
    tokens.map((word, id) => (word.startsWith('[PAD') ? 5 : word === 'café' ? 4 : id < 3 ? 3 : 1)),
  ],
  'tokenizer.ggml.merges': ['text', ['t h', 'th e', 'Ġ the']],
  'tokenizer.ggml.bos_token_id': ['u32', 0],
  'tokenizer.ggml.eos_token_id': ['u32', 1],
  'tokenizer.ggml.add_bos_token': ['bool', true],
};

const names: Readonly<Record<string, string>> = {
  'model.embed_tokens': 'token_embd',
  'model.norm': 'output_norm',
  lm_head: 'output',
  input_layernorm: 'attn_norm',
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  post_attention_layernorm: 'ffn_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
};

/** All tensors in F32, as convert_hf_to_gguf.py writes them: it turns [heads, 2, half, …] of q and k into [heads, half, 2, …]. */
export function tensorsOf(config: LlamaConfig, parameters: Float32Array): Record<string, GgufTensor> {
  const half = config.head_dim / 2;
  return Object.fromEntries(
    parameterLayout(config).tensors.map(({ name, shape, offset, size }) => {
      const [, layer, part] = /^(?:model\.layers\.(\d+)\.)?(.*)\.weight$/.exec(name)!;
      const values = parameters.slice(offset, offset + size);
      if (/[qk]_proj/.test(name)) {
        const [rows, width] = shape;
        for (let row = 0; row < rows; row++) {
          const [head, side, at] = [Math.floor(row / half / 2), Math.floor(row / half) % 2, row % half];
          const place = (head * half + at) * 2 + side;
          values.set(parameters.subarray(offset + row * width, offset + (row + 1) * width), place * width);
        }
      }
      const called = layer === undefined ? names[part] : `blk.${layer}.${names[part]}`;
      return [`${called}.weight`, { dimensions: shape.toReversed(), type: 0, bytes: new Uint8Array(values.buffer) }];
    }),
  );
}

export const tensors = tensorsOf(config, parameters);

export const smallGguf = (): Uint8Array<ArrayBuffer> => writeGguf(entries, tensors);

/** With some entries changed; undefined takes one out. */
export function withEntries(changed: Record<string, Entries[string] | undefined>): Uint8Array<ArrayBuffer> {
  const all = Object.entries({ ...entries, ...changed }).filter((one): one is [string, Entries[string]] => !!one[1]);
  return writeGguf(Object.fromEntries(all), tensors);
}
