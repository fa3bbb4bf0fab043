import { kernel, type Kernel } from '../kernel';

/**
 * Grouped-query causal attention that never stores a [length × length] matrix: one pass with a running maximum forward,
 * probabilities recomputed from the saved log-sum-exp backward (Dao et al., FlashAttention). Keys and values stand in
 * slots `base + position`, [slot, 2, kv heads, head dim]: a token's own row in training, a place of the cache in
 * generation. `saved` holds (log-sum-exp, Σ dout · out) per token and head.
 */
export interface AttentionShape {
  heads: number;
  kvHeads: number;
  /** A multiple of 8. */
  headDim: number;
}

const each = (n: number, line: (i: number) => string) => Array.from({ length: n }, (_, i) => line(i)).join('\n');
const sum = (n: number, term: (i: number) => string) => Array.from({ length: n }, (_, i) => term(i)).join(' + ');
const scale = (shape: AttentionShape) => (1 / Math.sqrt(shape.headDim)).toPrecision(9);

const begin = /* wgsl */ `
struct Token {
  id: u32,
  position: u32,
  base: u32,   // slot of the sequence's first key
  link: u32,   // training: one past the sequence's last token; generation: the sequence
}
@group(0) @binding(0) var<storage, read> dims: Dims;
@group(0) @binding(1) var<storage, read> tokens: array<Token>;`;
const main = /* wgsl */ `
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);`;

const specialised = (name: string, source: string, { heads, kvHeads, headDim }: AttentionShape) =>
  kernel(name, begin + source, { HEADS: heads, KV: kvHeads, WIDTH: headDim / 4 });

/**
 * Rotates queries and keys by their position (RoPE, half-split convention) and puts keys and values into their slots.
 * Bindings: dims, tokens, qkv, rotation [position, 2, headDim/2], q, kv.
 */
export function rope(shape: AttentionShape): Kernel {
  const half = shape.headDim / 8;
  const source = /* wgsl */ `
@group(0) @binding(2) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(3) var<storage, read> rotation: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> q: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> kv: array<vec4f>;
${main}
  let t = at / (HEADS + 2u * KV);
  let head = at % (HEADS + 2u * KV);
  if (t >= dims.tokens) { return; }
  let start = at * WIDTH;
  let slot = tokens[t].base + tokens[t].position;
  if (head >= HEADS + KV) {
    let to = (slot * 2u * KV + head - HEADS) * WIDTH;
${each(2 * half, (i) => `    kv[to + ${i}u] = qkv[start + ${i}u];`)}
    return;
  }
  let turn = tokens[t].position * ${2 * half}u;
${each(
  half,
  (i) => `  let cos_${i} = rotation[turn + ${i}u];
  let sin_${i} = rotation[turn + ${half + i}u];
  let low_${i} = qkv[start + ${i}u];
  let high_${i} = qkv[start + ${half + i}u];
  let first_${i} = low_${i} * cos_${i} - high_${i} * sin_${i};
  let second_${i} = high_${i} * cos_${i} + low_${i} * sin_${i};`,
)}
  if (head < HEADS) {
    let to = (t * HEADS + head) * WIDTH;
${each(half, (i) => `    q[to + ${i}u] = first_${i};\n    q[to + ${half + i}u] = second_${i};`)}
  } else {
    let to = (slot * 2u * KV + head - HEADS) * WIDTH;
${each(half, (i) => `    kv[to + ${i}u] = first_${i};\n    kv[to + ${half + i}u] = second_${i};`)}
  }
}`;
  return specialised('rope', source, shape);
}

/** One (token, head) an invocation. Bindings: dims, tokens, q, kv, out, saved. */
export function attention(shape: AttentionShape): Kernel {
  const width = shape.headDim / 4;
  const source = /* wgsl */ `
@group(0) @binding(2) var<storage, read> q: array<vec4f>;
@group(0) @binding(3) var<storage, read> kv: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> saved: array<vec2f>;
${main}
  let t = at / HEADS;
  if (t >= dims.tokens) { return; }
  let group = (at % HEADS) / (HEADS / KV);
  let keys = tokens[t].position + 1u;
  var slot = (tokens[t].base * 2u * KV + group) * WIDTH;
${each(width, (d) => `  let q_${d} = q[at * WIDTH + ${d}u] * ${scale(shape)};\n  var o_${d} = vec4f();`)}
  var top = -3.0e38;
  var total = 0.0;
  for (var j = 0u; j < keys; j++) {
    let score = ${sum(width, (d) => `dot(q_${d}, kv[slot + ${d}u])`)};
    let next = max(top, score);
    let keep = exp(top - next);
    let p = exp(score - next);
    total = total * keep + p;
    top = next;
    let value = slot + KV * WIDTH;
${each(width, (d) => `    o_${d} = o_${d} * keep + p * kv[value + ${d}u];`)}
    slot += 2u * KV * WIDTH;
  }
${each(width, (d) => `  out[at * WIDTH + ${d}u] = o_${d} / total;`)}
  saved[at].x = top + log(total);
}`;
  return specialised('attention', source, shape);
}

/** Turns the gradient of a rotated vector back and writes it at `to` of dqkv. */
const unturn = (half: number, name: string) =>
  each(
    half,
    (i) => `  let cos_${i} = rotation[turn + ${i}u];
  let sin_${i} = rotation[turn + ${half + i}u];
  dqkv[to + ${i}u] = ${name}_${i} * cos_${i} + ${name}_${half + i} * sin_${i};
  dqkv[to + ${half + i}u] = ${name}_${half + i} * cos_${i} - ${name}_${i} * sin_${i};`,
  );

/**
 * Gradient of the queries, one (token, head) an invocation; also fills the second half of `saved`.
 * Bindings: dims, tokens, q, kv, dout, rotation, dqkv, saved.
 */
export function attentionBackwardQueries(shape: AttentionShape): Kernel {
  const width = shape.headDim / 4;
  const source = /* wgsl */ `
@group(0) @binding(2) var<storage, read> q: array<vec4f>;
@group(0) @binding(3) var<storage, read> kv: array<vec4f>;
@group(0) @binding(4) var<storage, read> dout: array<vec4f>;
@group(0) @binding(5) var<storage, read> rotation: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> dqkv: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> saved: array<vec2f>;
${main}
  let t = at / HEADS;
  if (t >= dims.tokens) { return; }
  let head = at % HEADS;
  let group = head / (HEADS / KV);
  let keys = tokens[t].position + 1u;
  let logSumExp = saved[at].x;
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
  let to = (t * (HEADS + 2u * KV) + head) * WIDTH;
${unturn(width / 2, 'dq')}
}`;
  return specialised('attention-backward-queries', source, shape);
}

/**
 * Gradient of a key and its value, one (token, kv head) an invocation, over the later tokens of the sequence.
 * Bindings: dims, tokens, q, kv, dout, rotation, dqkv, saved.
 */
export function attentionBackwardKeys(shape: AttentionShape): Kernel {
  const width = shape.headDim / 4;
  const source = /* wgsl */ `
@group(0) @binding(2) var<storage, read> q: array<vec4f>;
@group(0) @binding(3) var<storage, read> kv: array<vec4f>;
@group(0) @binding(4) var<storage, read> dout: array<vec4f>;
@group(0) @binding(5) var<storage, read> rotation: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> dqkv: array<vec4f>;
@group(0) @binding(7) var<storage, read> saved: array<vec2f>;
${main}
  let t = at / KV;
  if (t >= dims.tokens) { return; }
  let group = at % KV;
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
${each(width, (d) => `      let q_${d} = q[query * WIDTH + ${d}u];\n      let g_${d} = dout[query * WIDTH + ${d}u];`)}
      let p = exp(${sum(width, (d) => `dot(q_${d}, k_${d})`)} - saved[query].x);
      let ds = p * (${sum(width, (d) => `dot(g_${d}, v_${d})`)} - saved[query].y);
${each(width, (d) => `      dv_${d} += p * g_${d};\n      sum_${d} += ds * q_${d};`)}
    }
  }
${each(width, (d) => `  let dk_${d} = sum_${d} * ${scale(shape)};`)}
  let turn = tokens[t].position * WIDTH;
  let to = (t * (HEADS + 2u * KV) + HEADS + group) * WIDTH;
${unturn(width / 2, 'dk')}
${each(width, (d) => `  dqkv[to + KV * WIDTH + ${d}u] = dv_${d};`)}
}`;
  return specialised('attention-backward-keys', source, shape);
}
