/** Tensors of a Llama as GGUF names them, by Hugging Face's names. */

const whole: Readonly<Record<string, string>> = {
  'model.embed_tokens.weight': 'token_embd.weight',
  'model.norm.weight': 'output_norm.weight',
  'lm_head.weight': 'output.weight',
};
const ofLayer: Readonly<Record<string, string>> = {
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

export const EMBEDDING = whole['model.embed_tokens.weight'];
export const HEAD = whole['lm_head.weight'];
/** What RoPE's frequencies are divided by. It is no parameter. */
export const ROPE_FACTORS = 'rope_freqs.weight';

/** GGUF's name of one of `parameterLayout`'s tensors. */
export function ggufName(name: string): string {
  if (Object.hasOwn(whole, name)) return whole[name];
  const [, layer, part] = /^model\.layers\.(\d+)\.(.+)\.weight$/.exec(name)!;
  return `blk.${layer}.${ofLayer[part]}.weight`;
}

/**
 * Where a row of q_proj or k_proj stands in the layout, by its place in the file; null for other tensors, whose rows are in
 * their places. ggml rotates neighbours, Hugging Face's layout the first half of a head with the second.
 */
export function rowOrder(name: string, headDim: number): ((row: number) => number) | null {
  if (!/\.self_attn\.[qk]_proj\.weight$/.test(name)) return null;
  const half = headDim / 2;
  return (row) => {
    const within = row % headDim;
    return row - within + (within % 2) * half + (within >> 1);
  };
}
