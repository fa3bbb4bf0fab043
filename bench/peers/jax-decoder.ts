import { nn, numpy as np } from '@jax-js/jax';
import type { LlamaConfig } from '../../src/lm/config';
import { parameterLayout } from '../../src/lm/layout';
import type { Start } from '../contender';

/** Parameters by Hugging Face name. jax-js counts references: an array is used up by each use but those of its `ref`. */
export type Weights = Record<string, np.Array>;

export function weightsOf({ config, parameters }: Start, device: 'webgpu' | 'wasm'): Weights {
  return Object.fromEntries(
    parameterLayout(config).tensors.map(({ name, shape, offset, size }) => [
      name,
      np.array(parameters.slice(offset, offset + size), { shape, device }),
    ]),
  );
}

const linear = (x: np.Array, weight: np.Array) => np.dot(x, weight.transpose());

function rmsNorm(x: np.Array, weight: np.Array, eps: number): np.Array {
  const square = np.mean(np.square(x.ref), -1, { keepdims: true });
  return x.mul(np.reciprocal(np.sqrt(square.add(eps)))).mul(weight);
}

/** cos and sin of positions 0 … length − 1, [length, 1, headDim]: constants of a compiled step. */
function rotation({ head_dim, rope_theta }: LlamaConfig, length: number): [cos: np.Array, sin: np.Array] {
  const table = (wave: (angle: number) => number) =>
    np.array(
      Float32Array.from({ length: length * head_dim }, (_, at) => {
        const pair = (at % head_dim) % (head_dim / 2);
        return wave(Math.floor(at / head_dim) / rope_theta ** ((2 * pair) / head_dim));
      }),
      { shape: [length, 1, head_dim] },
    );
  return [table(Math.cos), table(Math.sin)];
}

function rotate(x: np.Array, cos: np.Array, sin: np.Array): np.Array {
  const [left, right] = np.split(x.ref, 2, -1);
  return x.mul(cos).add(np.concatenate([right.mul(-1), left], -1).mul(sin));
}

/** ids [batch, length] ↦ logits [batch, length, vocabulary]. */
export function logits(config: LlamaConfig, weight: Weights, ids: np.Array): np.Array {
  const { num_attention_heads: heads, num_key_value_heads: kv, head_dim: size, hidden_size, rms_norm_eps: eps } = config;
  const [B, L] = ids.shape;
  const [cos, sin] = rotation(config, L);
  const embedding = weight['model.embed_tokens.weight'];
  let x = np.take(embedding.ref, ids, 0);
  for (let l = 0; l < config.num_hidden_layers; l++) {
    const w = (name: string) => weight[`model.layers.${l}.${name}.weight`];
    const a = rmsNorm(x.ref, w('input_layernorm'), eps);
    const q = rotate(linear(a.ref, w('self_attn.q_proj')).reshape([B, L, heads, size]), cos.ref, sin.ref);
    const k = rotate(linear(a.ref, w('self_attn.k_proj')).reshape([B, L, kv, size]), cos.ref, sin.ref);
    const v = linear(a, w('self_attn.v_proj')).reshape([B, L, kv, size]);
    const attended = nn.dotProductAttention(q, k, v, { isCausal: true }).reshape([B, L, hidden_size]);
    x = x.add(linear(attended, w('self_attn.o_proj')));
    const m = rmsNorm(x.ref, w('post_attention_layernorm'), eps);
    const gated = nn.silu(linear(m.ref, w('mlp.gate_proj'))).mul(linear(m, w('mlp.up_proj')));
    x = x.add(linear(gated, w('mlp.down_proj')));
  }
  cos.dispose();
  sin.dispose();
  return linear(rmsNorm(x, weight['model.norm.weight'], eps), embedding);
}

/** Mean of −log p(targets). */
export function crossEntropy(scores: np.Array, targets: np.Array): np.Array {
  const chosen = np.takeAlongAxis(scores.ref, np.expandDims(targets, -1), -1);
  return nn.logsumexp(scores, -1, { keepdims: true }).sub(chosen).mean();
}
