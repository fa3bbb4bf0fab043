import { kernel, type Kernel } from '../kernel';
import { each } from './product';

/**
 * Grouped-query causal attention that never stores a [length × length] matrix: one pass with a running maximum forward,
 * probabilities recomputed from the saved log-sum-exp backward (Dao et al., FlashAttention). Keys and values stand in
 * slots `base + position`, [slot, 2, kv heads, head dim]: a token's own row in training, a place of the cache in
 * generation. `saved` holds (log-sum-exp, Σ dout · out, 1 / rms of the layer's input) per token and head.
 */
export interface AttentionShape {
  heads: number;
  kvHeads: number;
  /** A multiple of 8. */
  headDim: number;
}

export const sum = (n: number, term: (i: number) => string) => Array.from({ length: n }, (_, i) => term(i)).join(' + ');
export const scale = (shape: AttentionShape) => (1 / Math.sqrt(shape.headDim)).toPrecision(9);

const begin = /* wgsl */ `
struct Token {
  id: u32,
  position: u32,
  base: u32,   // slot of the sequence's first key
  link: u32,   // training: one past the sequence's last token; generation: the sequence
}
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> tokens: array<Token>;`;
export const main = /* wgsl */ `
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);`;

export const specialised = (name: string, source: string, { heads, kvHeads, headDim }: AttentionShape) =>
  kernel(name, begin + source, { HEADS: heads, KV: kvHeads, WIDTH: headDim / 4 });

/** Keys that one turn of the loop looks at: one running maximum for all of them. */
const KEYS = 4;

/**
 * One (token, head) an invocation; the result in both layouts.
 * Bindings: dims, tokens, q, kv, inverse, out, outByToken, saved.
 */
export function attention(shape: AttentionShape): Kernel {
  const width = shape.headDim / 4;
  const source = /* wgsl */ `
@group(0) @binding(2) var<storage, read> q: array<vec4f>;
@group(0) @binding(3) var<storage, read> kv: array<vec4f>;
@group(0) @binding(4) var<storage, read> inverse: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;
@group(0) @binding(6) var<storage, read_write> outByToken: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> saved: array<vec4f>;
${main}
  let t = at / HEADS;
  if (t >= dims.tokens) { return; }
  let group = (at % HEADS) / (HEADS / KV);
  let last = tokens[t].position;
  let first = (tokens[t].base * 2u * KV + group) * WIDTH;
${each(width, (d) => `  let q_${d} = q[at * WIDTH + ${d}u] * ${scale(shape)};\n  var o_${d} = vec4f();`)}
  var top = -3.0e38;
  var total = 0.0;
  for (var j = 0u; j <= last; j += ${KEYS}u) {
${each(KEYS, (k) => `    let slot_${k} = first + min(j + ${k}u, last) * 2u * KV * WIDTH;`)}
    let scores = vec4f(
${Array.from({ length: KEYS }, (_, k) => `      ${sum(width, (d) => `dot(q_${d}, kv[slot_${k} + ${d}u])`)}`).join(',\n')}
    );
    let seen = select(vec4f(-3.0e38), scores, vec4u(j) + vec4u(0u, 1u, 2u, 3u) <= vec4u(last));
    let next = max(max(top, max(seen.x, seen.y)), max(seen.z, seen.w));
    let keep = exp(top - next);
    let p = exp(seen - next);
    total = total * keep + p.x + p.y + p.z + p.w;
    top = next;
${each(width, (d) => `    o_${d} = o_${d} * keep ${Array.from({ length: KEYS }, (_, k) => `+ p[${k}] * kv[slot_${k} + ${width * shape.kvHeads + d}u]`).join(' ')};`)}
  }
  let stride = 4u * depth(dims.tokens);
  let feature = (at % HEADS) * WIDTH * 4u;
${each(
  width,
  (d) => /* wgsl */ `  {
    let value = o_${d} / total;
    outByToken[at * WIDTH + ${d}u] = value;
    for (var e = 0u; e < 4u; e++) { out[(feature + ${4 * d}u + e) * stride + t] = value[e]; }
  }`,
)}
  saved[at] = vec4f(top + log(total), 0.0, inverse[t], 0.0);
}`;
  return specialised('attention', source, shape);
}
