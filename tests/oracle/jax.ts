import { defaultDevice, init, nn, numpy as np, valueAndGrad } from '@jax-js/jax';
import type { LlamaConfig } from '../../src/model/config';
import type { Model } from './decoder';

/**
 * The same decoder written from Hugging Face's formulas in jax-js, whose automatic differentiation knows nothing of our
 * hand-derived gradients. Each operation consumes its arguments' references, hence the many `ref`.
 */
// jax-js asks of every array whether it is a Float16Array, which Node 20 does not know: nothing is one.
if (!('Float16Array' in globalThis)) Object.assign(globalThis, { Float16Array: function Float16Array() {} });

type Weights = Record<string, np.Array>;
const float64 = { dtype: np.float64 };

function constant(shape: number[], value: (...index: number[]) => number): np.Array {
  const [rows, columns] = shape;
  const values = Float64Array.from({ length: rows * columns }, (_, i) => value(Math.floor(i / columns), i % columns));
  return np.array(values, { shape, ...float64 });
}

function rmsNorm(x: np.Array, weight: np.Array, eps: number): np.Array {
  const variance = np.mean(np.square(x.ref), -1, { keepdims: true });
  return x.div(np.sqrt(variance.add(eps))).mul(weight);
}

/** x [positions, heads, headDim] ↦ x·cos + rotate_half(x)·sin. */
function rotary(x: np.Array, { head_dim: size, rope_theta }: LlamaConfig): np.Array {
  const positions = x.shape[0];
  const half = size / 2;
  const angle = (position: number, i: number) => position / rope_theta ** ((2 * (i % half)) / size);
  const cos = constant([positions, size], (p, i) => Math.cos(angle(p, i))).reshape([positions, 1, size]);
  const sin = constant([positions, size], (p, i) => Math.sin(angle(p, i))).reshape([positions, 1, size]);
  const rotateHalf = constant([size, size], (from, to) => (from === to + half ? -1 : from === to - half ? 1 : 0));
  return x.ref.mul(cos).add(np.matmul(x, rotateHalf).mul(sin));
}

const project = (x: np.Array, weight: np.Array) => np.matmul(x, np.transpose(weight));

function logits(config: LlamaConfig, weight: Weights, ids: readonly number[]): np.Array {
  const { num_attention_heads: heads, num_key_value_heads: kv, head_dim: size, hidden_size, rms_norm_eps } = config;
  const T = ids.length;
  const embedding = weight['model.embed_tokens.weight'];
  let x = np.matmul(
    constant([T, config.vocab_size], (row, t) => (ids[row] === t ? 1 : 0)),
    embedding.ref,
  );
  for (let l = 0; l < config.num_hidden_layers; l++) {
    const w = (name: string) => weight[`model.layers.${l}.${name}.weight`].ref;
    const a = rmsNorm(x.ref, w('input_layernorm'), rms_norm_eps);
    const q = rotary(project(a.ref, w('self_attn.q_proj')).reshape([T, heads, size]), config);
    const k = rotary(project(a.ref, w('self_attn.k_proj')).reshape([T, kv, size]), config);
    const v = project(a, w('self_attn.v_proj')).reshape([T, kv, size]);
    const perHead = (t: np.Array) => np.transpose(t, [1, 0, 2]);
    // As Hugging Face's repeat_kv: each key/value head serves heads / kv query heads in a row.
    const repeated = (t: np.Array) =>
      np.broadcastTo(perHead(t).reshape([kv, 1, T, size]), [kv, heads / kv, T, size]).reshape([heads, T, size]);
    const scores = np.matmul(perHead(q), np.transpose(repeated(k), [0, 2, 1])).div(Math.sqrt(size));
    const causal = constant([T, T], (t, s) => (s <= t ? 0 : -1e9));
    const weighted = np.matmul(nn.softmax(scores.add(causal), -1), repeated(v));
    const attended = np.transpose(weighted, [1, 0, 2]).reshape([T, hidden_size]);
    x = x.add(project(attended, w('self_attn.o_proj')));
    const m = rmsNorm(x.ref, w('post_attention_layernorm'), rms_norm_eps);
    const gated = nn.silu(project(m.ref, w('mlp.gate_proj'))).mul(project(m, w('mlp.up_proj')));
    x = x.add(project(gated, w('mlp.down_proj')));
  }
  const head = config.tie_word_embeddings ? embedding.ref : weight['lm_head.weight'].ref;
  return project(rmsNorm(x, weight['model.norm.weight'].ref, rms_norm_eps), head);
}

/** log p of tokens 1 … of each sequence, end to end. */
function tokenLogprobs(config: LlamaConfig, weight: Weights, batch: readonly (readonly number[])[]): np.Array {
  const rows = batch.map((ids) => {
    const chosen = constant([ids.length, config.vocab_size], (row, t) => (ids[row + 1] === t ? 1 : 0));
    const logprobs = nn.logSoftmax(logits(config, weight, ids), -1);
    return np.sum(logprobs.mul(chosen), -1).slice([0, ids.length - 1]);
  });
  return np.concatenate(rows);
}

/**
 * Value and gradient, by tensor name, of a loss of the batch's token log-probabilities (tokens 1 … of each sequence, end
 * to end), in float64 on jax-js's WebAssembly device.
 */
export async function jaxValueAndGradient(
  { config, layout, parameters }: Model,
  batch: readonly (readonly number[])[],
  loss: (logprobs: np.Array) => np.Array,
): Promise<{ value: number; gradient: Map<string, Float64Array> }> {
  await init('cpu');
  defaultDevice('cpu');
  const weights: Weights = Object.fromEntries(
    layout.tensors.map(({ name, shape, offset, size }) => [
      name,
      np.array(Float64Array.from(parameters.subarray(offset, offset + size)), { shape, ...float64 }),
    ]),
  );
  const [value, gradient] = valueAndGrad((w: Weights) => loss(tokenLogprobs(config, w, batch)))(weights);
  const result = new Map<string, Float64Array>();
  for (const { name } of layout.tensors) result.set(name, (await gradient[name].data()) as Float64Array);
  return { value: Number(await value.jsAsync()), gradient: result };
}
