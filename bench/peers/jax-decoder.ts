import { defaultDevice, init, nn, numpy as np } from '@jax-js/jax';
import type { LlamaConfig } from '../../src/model/config';
import { parameterLayout } from '../../src/model/layout';
import type { Start } from '../contender';

export type Device = 'webgpu' | 'wasm';

/** Makes a device the one that arrays are made on. */
export async function use(device: Device): Promise<void> {
  if (!(await init(device)).includes(device)) throw new Error(`jax-js has no ${device} device in this browser.`);
  defaultDevice(device);
}

/** Parameters by Hugging Face name. jax-js counts references: an array is used up by each use but those of its `ref`. */
export type Weights = Record<string, np.Array>;

export function weightsOf({ config, parameters }: Start, device: Device): Weights {
  return Object.fromEntries(
    parameterLayout(config).tensors.map(({ name, shape, offset, size }) => [
      name,
      np.array(parameters.slice(offset, offset + size), { shape, device }),
    ]),
  );
}

/** Rows of equal length. */
export const intMatrix = (rows: readonly (readonly number[])[]) =>
  np.array(new Int32Array(rows.flat()), { shape: [rows.length, rows[0].length], dtype: np.int32 });

const linear = (x: np.Array, weight: np.Array) => np.dot(x, weight.transpose());

function rmsNorm(x: np.Array, weight: np.Array, eps: number): np.Array {
  const square = np.mean(np.square(x.ref), -1, { keepdims: true });
  return x.mul(np.reciprocal(np.sqrt(square.add(eps)))).mul(weight);
}

/** cos and sin of each position's angles, [positions, 1, headDim]. */
export type Rotation = [cos: np.Array, sin: np.Array];

const angle = ({ head_dim, rope_theta }: LlamaConfig, position: number, i: number) =>
  position / rope_theta ** ((2 * (i % (head_dim / 2))) / head_dim);

/** Of positions 0 … length − 1: constants of a compiled function. */
export function rotations(config: LlamaConfig, length: number): Rotation {
  const { head_dim: size } = config;
  const table = (wave: (angle: number) => number) =>
    np.array(
      Float32Array.from({ length: length * size }, (_, at) => wave(angle(config, Math.floor(at / size), at % size))),
      { shape: [length, 1, size] },
    );
  return [table(Math.cos), table(Math.sin)];
}

/** Of one position, which is known only when the function runs. */
export function rotationAt(config: LlamaConfig, position: np.Array): Rotation {
  const { head_dim: size } = config;
  const frequencies = np.array(Float32Array.from({ length: size }, (_, i) => angle(config, 1, i)));
  const angles = frequencies.mul(position).reshape([1, 1, size]);
  return [np.cos(angles.ref), np.sin(angles)];
}

function rotate(x: np.Array, [cos, sin]: Rotation): np.Array {
  const [left, right] = np.split(x.ref, 2, -1);
  return x.mul(cos.ref).add(np.concatenate([right.mul(-1), left], -1).mul(sin.ref));
}

/** Attention of a layer; all are [batch, length, heads, headDim]. Uses up its arguments. */
export type Attend = (layer: number, q: np.Array, k: np.Array, v: np.Array) => np.Array;

export const causal: Attend = (_, q, k, v) => nn.dotProductAttention(q, k, v, { isCausal: true });

/** ids [batch, length] ↦ the last layer's output [batch, length, hidden]. */
export function decode(
  config: LlamaConfig,
  weight: Weights,
  ids: np.Array,
  rotation: Rotation,
  attend: Attend,
): np.Array {
  const { num_attention_heads: heads, num_key_value_heads: kv, head_dim: size, rms_norm_eps: eps } = config;
  const [B, L] = ids.shape;
  let x = np.take(weight['model.embed_tokens.weight'].ref, ids, 0);
  for (let l = 0; l < config.num_hidden_layers; l++) {
    const w = (name: string) => weight[`model.layers.${l}.${name}.weight`];
    const a = rmsNorm(x.ref, w('input_layernorm'), eps);
    const q = rotate(linear(a.ref, w('self_attn.q_proj')).reshape([B, L, heads, size]), rotation);
    const k = rotate(linear(a.ref, w('self_attn.k_proj')).reshape([B, L, kv, size]), rotation);
    const v = linear(a, w('self_attn.v_proj')).reshape([B, L, kv, size]);
    const attended = attend(l, q, k, v).reshape([B, L, heads * size]);
    x = x.add(linear(attended, w('self_attn.o_proj')));
    const m = rmsNorm(x.ref, w('post_attention_layernorm'), eps);
    const gated = nn.silu(linear(m.ref, w('mlp.gate_proj'))).mul(linear(m, w('mlp.up_proj')));
    x = x.add(linear(gated, w('mlp.down_proj')));
  }
  for (const table of rotation) table.dispose();
  return x;
}

/** The final norm and the tied head: x [batch, …, hidden] ↦ logits [batch, …, vocabulary]. */
export function head(config: LlamaConfig, weight: Weights, x: np.Array): np.Array {
  const normed = rmsNorm(x, weight['model.norm.weight'], config.rms_norm_eps);
  return linear(normed, weight['model.embed_tokens.weight']);
}
