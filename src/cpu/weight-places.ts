import type { LlamaConfig } from '../model/config';
import { parameterLayout, type TensorPlace } from '../model/layout';
import { loraLayout } from '../model/lora';
import type { AgentState } from '../model/state';

/** Weights as the graphs take them: matrices of the same input stand as one where one product computes them. */
export interface WeightPlaces {
  embed: TensorPlace;
  layers: LayerPlaces[];
  norm: TensorPlace;
  /** The embedding itself when tied. */
  head: TensorPlace;
  /** Each once. */
  all: TensorPlace[];
}

export interface LayerPlaces {
  input_layernorm: TensorPlace;
  /** q_proj, k_proj, v_proj, [q + 2·kv, hidden]. */
  qkv_proj: TensorPlace;
  o_proj: TensorPlace;
  post_attention_layernorm: TensorPlace;
  gate_proj: TensorPlace;
  up_proj: TensorPlace;
  down_proj: TensorPlace;
}

/** Where the tensors that an agent learns stand in its flat arrays: weights, or adapters. */
export function trainedPlaces({ config, lora = null }: Pick<AgentState, 'config' | 'lora'>): readonly TensorPlace[] {
  return lora ? loraLayout(config, lora).tensors : weightPlaces(config).all;
}

export function weightPlaces(config: LlamaConfig): WeightPlaces {
  const { tensors } = parameterLayout(config);
  const tensor = (name: string): TensorPlace => tensors.find((place) => place.name === `${name}.weight`)!;
  const embed = tensor('model.embed_tokens');
  const layers = Array.from({ length: config.num_hidden_layers }, (_, i): LayerPlaces => {
    const at = (part: string) => tensor(`model.layers.${i}.${part}`);
    const q = at('self_attn.q_proj');
    const rows = config.hidden_size + 2 * config.num_key_value_heads * config.head_dim;
    return {
      input_layernorm: at('input_layernorm'),
      qkv_proj: {
        name: `model.layers.${i}.self_attn.qkv_proj.weight`,
        shape: [rows, config.hidden_size],
        offset: q.offset,
        size: rows * config.hidden_size,
      },
      o_proj: at('self_attn.o_proj'),
      post_attention_layernorm: at('post_attention_layernorm'),
      gate_proj: at('mlp.gate_proj'),
      up_proj: at('mlp.up_proj'),
      down_proj: at('mlp.down_proj'),
    };
  });
  const norm = tensor('model.norm');
  const head = config.tie_word_embeddings ? embed : tensor('lm_head');
  const all = [embed, ...layers.flatMap((layer) => Object.values(layer) as TensorPlace[]), norm];
  return { embed, layers, norm, head, all: config.tie_word_embeddings ? all : [...all, head] };
}
