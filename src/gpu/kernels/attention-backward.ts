import type { Kernel } from '../kernel';
import { main, scale, specialised, sum, type AttentionShape } from './attention';
import { each } from './product';

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
}`;

/** Turns the gradient of a rotated vector back and writes it at `to`. */
const unturn = (half: number, name: string) =>
  each(
    half,
    (i) => `  let cos_${i} = rotation[turn + ${i}u];
  let sin_${i} = rotation[turn + ${half + i}u];
  put(t, to + ${i}u, ${name}_${i} * cos_${i} + ${name}_${half + i} * sin_${i}, inverse);
  put(t, to + ${half + i}u, ${name}_${half + i} * cos_${i} - ${name}_${i} * sin_${i}, inverse);`,
  );

/**
 * Gradient of the queries, one (token, head) an invocation; also fills the second part of `saved`.
 * Bindings: dims, tokens, q, kv, dout, rotation, dqkv, dqkvByToken, saved.
 */
export function attentionBackwardQueries(shape: AttentionShape): Kernel {
  const width = shape.headDim / 4;
  const source = /* wgsl */ `${bindings('read_write')}
${main}
  let t = at / HEADS;
  if (t >= dims.tokens) { return; }
  let head = at % HEADS;
  let group = head / (HEADS / KV);
  let keys = tokens[t].position + 1u;
  let logSumExp = saved[at].x;
  let inverse = saved[at].z;
  var slot = (tokens[t].base * 2u * KV + group) * WIDTH;
${each(
  width,
  (d) => `  let q_${d} = q[at * WIDTH + ${d}u] * ${scale(shape)};
  let g_${d} = dout[at * WIDTH + ${d}u];
  var pull_${d} = vec4f();
  var mean_${d} = vec4f();`,
)}
  var delta = 0.0;
  for (var j = 0u; j < keys; j++) {
${each(width, (d) => `    let k_${d} = kv[slot + ${d}u];`)}
    let p = exp(${sum(width, (d) => `dot(q_${d}, k_${d})`)} - logSumExp);
    let value = slot + KV * WIDTH;
    let pull = p * (${sum(width, (d) => `dot(g_${d}, kv[value + ${d}u])`)});
    delta += pull;
${each(width, (d) => `    pull_${d} += pull * k_${d};\n    mean_${d} += p * k_${d};`)}
    slot += 2u * KV * WIDTH;
  }
  saved[at].y = delta;
${each(width, (d) => `  let dq_${d} = (pull_${d} - delta * mean_${d}) * ${scale(shape)};`)}
  let turn = tokens[t].position * WIDTH;
  let to = head * WIDTH;
${unturn(width / 2, 'dq')}
}`;
  return specialised('attention-backward-queries', source, shape);
}

/**
 * Gradient of a key and its value, one (token, kv head) an invocation, over the later tokens of the sequence.
 * Bindings: dims, tokens, q, kv, dout, rotation, dqkv, dqkvByToken, saved.
 */
export function attentionBackwardKeys(shape: AttentionShape): Kernel {
  const width = shape.headDim / 4;
  const source = /* wgsl */ `${bindings('read')}
${main}
  let t = at / KV;
  if (t >= dims.tokens) { return; }
  let group = at % KV;
  let inverse = saved[t * HEADS].z;
  let slot = (t * 2u * KV + group) * WIDTH;
  let value = slot + KV * WIDTH;
${each(
  width,
  (d) => `  let k_${d} = kv[slot + ${d}u] * ${scale(shape)};
  let v_${d} = kv[value + ${d}u];
  var sum_${d} = vec4f();
  var dv_${d} = vec4f();`,
)}
  let end = tokens[t].link;
  for (var later = t; later < end; later++) {
    for (var member = 0u; member < HEADS / KV; member++) {
      let query = later * HEADS + group * (HEADS / KV) + member;
      let known = saved[query];
${each(width, (d) => `      let q_${d} = q[query * WIDTH + ${d}u];\n      let g_${d} = dout[query * WIDTH + ${d}u];`)}
      let p = exp(${sum(width, (d) => `dot(q_${d}, k_${d})`)} - known.x);
      let ds = p * (${sum(width, (d) => `dot(g_${d}, v_${d})`)} - known.y);
${each(width, (d) => `      dv_${d} += p * g_${d};\n      sum_${d} += ds * q_${d};`)}
    }
  }
${each(width, (d) => `  let dk_${d} = sum_${d} * ${scale(shape)};`)}
  let turn = tokens[t].position * WIDTH;
  let to = (HEADS + group) * WIDTH;
${unturn(width / 2, 'dk')}
${each(width, (d) => `  put(t, to + KV * WIDTH + ${d}u, dv_${d}, inverse);`)}
}`;
  return specialised('attention-backward-keys', source, shape);
}
