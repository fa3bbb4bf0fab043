import type { Kernel } from '../kernel';
import {
  bySequence,
  lastPosition,
  main,
  scale,
  severalTokens,
  specialised,
  sum,
  type AttentionShape,
} from './attention';
import { each } from './product';

/** As `queriesAtOnce`, for the backward pass, whose sums take twice the room. */
export const backwardAtOnce = ({ headDim }: AttentionShape) => Math.max(1, Math.min(4, Math.floor(32 / headDim)));

const bindings = (saved: 'read' | 'read_write') => /* wgsl */ `
@group(0) @binding(2) var<storage, read> q: array<vec4f>;
@group(0) @binding(3) var<storage, read> kv: array<vec4f>;
@group(0) @binding(4) var<storage, read> dout: array<vec4f>;
@group(0) @binding(5) var<storage, read> rotation: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> dqkv: array<f32>;
@group(0) @binding(7) var<storage, read_write> dqkvByToken: array<vec4f>;
@group(0) @binding(8) var<storage, ${saved}> saved: array<vec4f>;

// Four numbers of slot i of a token's queries, keys and values; by token times 1 / rms, as the weight gradient wants it.
fn put(t: u32, i: u32, value: vec4f, inverse: f32) {
  dqkvByToken[t * (HEADS + 2u * KV) * WIDTH + i] = value * inverse;
  let stride = 4u * depth(dims.tokens);
  for (var e = 0u; e < 4u; e++) { dqkv[(4u * i + e) * stride + t] = value[e]; }
}

// Turns the gradient of a rotated pair back.
fn unturn(t: u32, position: u32, to: u32, i: u32, low: vec4f, high: vec4f, inverse: f32) {
  let cosine = rotation[position * WIDTH + i];
  let sine = rotation[position * WIDTH + WIDTH / 2u + i];
  put(t, to + i, low * cosine + high * sine, inverse);
  put(t, to + WIDTH / 2u + i, high * cosine - low * sine, inverse);
}`;

/**
 * Gradient of the queries, `several` tokens and one head an invocation; also fills the second part of `saved`.
 * Bindings: dims, tokens, q, kv, dout, rotation, dqkv, dqkvByToken, saved.
 */
export function attentionBackwardQueries(shape: AttentionShape, several: number): Kernel {
  const width = shape.headDim / 4;
  const oneQuery = (i: number) => /* wgsl */ `      {
        let seen = here_${i} && j <= token_${i}.position;
        let score = ${sum(width, (d) => `dot(q_${i}_${d}, k_${d})`)};
        let p = select(0.0, exp(score - known_${i}.x), seen);
        let pull = p * (${sum(width, (d) => `dot(g_${i}_${d}, v_${d})`)});
        delta_${i} += pull;
${each(width, (d) => `        pull_${i}_${d} += pull * k_${d};\n        mean_${i}_${d} += p * k_${d};`)}
      }`;
  const source = /* wgsl */ `${bindings('read_write')}
${main}
${severalTokens(several, 'HEADS')}
  let group = head / (HEADS / KV);
${each(several, (i) =>
  [
    `  let at_${i} = t_${i} * HEADS + head;\n  let known_${i} = saved[at_${i}];\n  var delta_${i} = 0.0;`,
    each(
      width,
      (d) => `  let q_${i}_${d} = q[at_${i} * WIDTH + ${d}u] * ${scale(shape)};
  let g_${i}_${d} = dout[at_${i} * WIDTH + ${d}u];
  var pull_${i}_${d} = vec4f();
  var mean_${i}_${d} = vec4f();`,
    ),
  ].join('\n'),
)}
${bySequence(
  several,
  /* wgsl */ `${lastPosition(several)}
    for (var j = 0u; j <= last; j++) {
      let slot = ((base + j) * 2u * KV + group) * WIDTH;
${each(width, (d) => `      let k_${d} = kv[slot + ${d}u];\n      let v_${d} = kv[slot + KV * WIDTH + ${d}u];`)}
${each(several, oneQuery)}
    }`,
)}
${each(
  several,
  (i) => /* wgsl */ `  if (first + ${i}u < dims.tokens) {
    saved[at_${i}].y = delta_${i};
${each(width / 2, (h) => {
  const d = (part: number) => `(pull_${i}_${part} - delta_${i} * mean_${i}_${part}) * ${scale(shape)}`;
  return `    unturn(t_${i}, token_${i}.position, head * WIDTH, ${h}u, ${d(h)}, ${d(h + width / 2)}, known_${i}.z);`;
})}
  }`,
)}
}`;
  return specialised('attention-backward-queries', source, shape);
}

/**
 * Gradient of keys and values, `several` tokens and one kv head an invocation, over the later tokens of their sequence.
 * Bindings: dims, tokens, q, kv, dout, rotation, dqkv, dqkvByToken, saved.
 */
export function attentionBackwardKeys(shape: AttentionShape, several: number): Kernel {
  const width = shape.headDim / 4;
  const oneKey = (i: number) => /* wgsl */ `      {
        let seen = here_${i} && later >= t_${i};
        let score = ${sum(width, (d) => `dot(q_${d}, k_${i}_${d})`)};
        let p = select(0.0, exp(score - known.x), seen);
        let ds = p * (${sum(width, (d) => `dot(g_${d}, v_${i}_${d})`)} - known.y);
${each(width, (d) => `        dv_${i}_${d} += p * g_${d};\n        sum_${i}_${d} += ds * q_${d};`)}
      }`;
  const source = /* wgsl */ `${bindings('read')}
// Queries of a later token that share a key. A loop over them inside the other would cost software adapters half their time.
const MEMBERS = HEADS / KV;
${main}
${severalTokens(several, 'KV')}
${each(several, (i) =>
  each(
    width,
    (d) => `  let k_${i}_${d} = kv[(t_${i} * 2u * KV + head) * WIDTH + ${d}u] * ${scale(shape)};
  let v_${i}_${d} = kv[(t_${i} * 2u * KV + KV + head) * WIDTH + ${d}u];
  var sum_${i}_${d} = vec4f();
  var dv_${i}_${d} = vec4f();`,
  ),
)}
${bySequence(
  several,
  /* wgsl */ `
    var start = dims.tokens;
    var end = 0u;
${each(several, (i) => `    if (here_${i}) { start = min(start, t_${i}); end = token_${i}.link; }`)}
    for (var n = start * MEMBERS; n < end * MEMBERS; n++) {
      let later = n / MEMBERS;
      let query = later * HEADS + head * MEMBERS + n % MEMBERS;
      let known = saved[query];
${each(width, (d) => `      let q_${d} = q[query * WIDTH + ${d}u];\n      let g_${d} = dout[query * WIDTH + ${d}u];`)}
${each(several, oneKey)}
    }`,
)}
${each(
  several,
  (i) => /* wgsl */ `  if (first + ${i}u < dims.tokens) {
    let inverse = saved[t_${i} * HEADS].z;
${each(width / 2, (h) => {
  const d = (part: number) => `sum_${i}_${part} * ${scale(shape)}`;
  return `    unturn(t_${i}, token_${i}.position, (HEADS + head) * WIDTH, ${h}u, ${d(h)}, ${d(h + width / 2)}, inverse);`;
})}
${each(width, (d) => `    put(t_${i}, (HEADS + KV + head) * WIDTH + ${d}u, dv_${i}_${d}, inverse);`)}
  }`,
)}
}`;
  return specialised('attention-backward-keys', source, shape);
}
