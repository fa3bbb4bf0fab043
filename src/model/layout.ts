import type { LlamaConfig } from './config';

/** One tensor's place in the flat parameter buffer. Offsets and sizes in floats. */
export interface TensorPlace {
  name: string;
  shape: number[];
  offset: number;
  size: number;
}

/** A run of tensors without gaps that one kernel reads as a single matrix; starts where a binding may start. */
export interface Group {
  offset: number;
  size: number;
}

export interface LayerLayout {
  input_layernorm: Group;
  /** q_proj, k_proj, v_proj as one [q + 2·kv, hidden] matrix. */
  qkv: Group;
  o_proj: Group;
  post_attention_layernorm: Group;
  /** gate_proj, up_proj as one [2·intermediate, hidden] matrix. */
  gate_up: Group;
  down_proj: Group;
}

/**
 * Where every tensor stands in the one flat buffer that parameters, gradients and both Adam moments share.
 * Names are Hugging Face Llama's; weights are [out, in] as there.
 */
export interface ParameterLayout {
  tensors: TensorPlace[];
  embed: Group;
  layers: LayerLayout[];
  norm: Group;
  /** The embedding itself when tied. */
  head: Group;
  /** Floats in the buffer, gaps included. */
  size: number;
  /** Parameters, gaps left out. */
  count: number;
}

/** Bindings start at multiples of 256 bytes on every adapter. */
const ALIGN = 64;

export function parameterLayout(config: LlamaConfig): ParameterLayout {
  const { hidden_size: hidden, intermediate_size: inner, vocab_size, num_key_value_heads, head_dim } = config;
  const kv = num_key_value_heads * head_dim;
  const tensors: TensorPlace[] = [];
  let end = 0;
  let count = 0;
  const group = (...parts: [name: string, ...shape: number[]][]): Group => {
    const offset = Math.ceil(end / ALIGN) * ALIGN;
    end = offset;
    for (const [name, ...shape] of parts) {
      const size = shape.reduce((a, b) => a * b);
      tensors.push({ name, shape, offset: end, size });
      end += size;
      count += size;
    }
    return { offset, size: end - offset };
  };
  const embed = group(['model.embed_tokens.weight', vocab_size, hidden]);
  const layers = Array.from({ length: config.num_hidden_layers }, (_, i): LayerLayout => {
    const at = `model.layers.${i}`;
    return {
      input_layernorm: group([`${at}.input_layernorm.weight`, hidden]),
      qkv: group(
        [`${at}.self_attn.q_proj.weight`, hidden, hidden],
        [`${at}.self_attn.k_proj.weight`, kv, hidden],
        [`${at}.self_attn.v_proj.weight`, kv, hidden],
      ),
      o_proj: group([`${at}.self_attn.o_proj.weight`, hidden, hidden]),
      post_attention_layernorm: group([`${at}.post_attention_layernorm.weight`, hidden]),
      gate_up: group([`${at}.mlp.gate_proj.weight`, inner, hidden], [`${at}.mlp.up_proj.weight`, inner, hidden]),
      down_proj: group([`${at}.mlp.down_proj.weight`, hidden, inner]),
    };
  });
  const norm = group(['model.norm.weight', hidden]);
  const head = config.tie_word_embeddings ? embed : group(['lm_head.weight', vocab_size, hidden]);
  return { tensors, embed, layers, norm, head, size: Math.ceil(end / ALIGN) * ALIGN, count };
}
