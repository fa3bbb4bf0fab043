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
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<storage, read> tokens: array<Token>;`;
export const main = /* wgsl */ `
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let at = invocation(workgroup, local);`;

export const specialised = (name: string, source: string, { heads, kvHeads, headDim }: AttentionShape) =>
  kernel(name, begin + source, { HEADS: heads, KV: kvHeads, WIDTH: headDim / 4 });

/**
 * Consecutive tokens of the packed batch that one invocation of `attention` serves, so that a key and its value are read
 * once for all of them. Where they belong to several sequences it goes through one after the other. A token's own sums are
 * the same for any number: what another token adds to them is exactly nothing.
 */
export const queriesAtOnce = ({ headDim }: AttentionShape) => Math.max(1, Math.min(4, Math.floor(64 / headDim)));

/**
 * The tokens of this invocation: t_i and its record token_i, of `several` from `first` on; the last one repeats behind the
 * batch's end.
 */
export const severalTokens = (several: number, heads: string) => /* wgsl */ `
  let head = at % ${heads};
  let first = at / ${heads} * ${several}u;
  if (first >= dims.tokens) { return; }
${each(several, (i) => `  let t_${i} = min(first + ${i}u, dims.tokens - 1u);\n  let token_${i} = tokens[t_${i}];`)}`;

/** Runs `body` for each sequence: it sees its first slot, `base`, and of each token `here_i`, whether it is of that sequence. */
export const bySequence = (several: number, body: string) =>
  several === 1
    ? /* wgsl */ `  let base = token_0.base;\n  let here_0 = true;\n${body}`
    : /* wgsl */ `
  var base = 0xffffffffu;
  for (var turn = 0u; turn < ${several}u; turn++) {
    let next = array<u32, ${several}>(${Array.from({ length: several }, (_, i) => `token_${i}.base`).join(', ')})[turn];
    if (next == base) { continue; }
    base = next;
${each(several, (i) => `    let here_${i} = token_${i}.base == base;`)}
${body}
  }`;

/** The last position among the tokens of the sequence at hand. */
export const lastPosition = (several: number) => /* wgsl */ `
    var last = 0u;
${each(several, (i) => `    if (here_${i}) { last = max(last, token_${i}.position); }`)}`;

/** Keys that one turn of the loop looks at: one running maximum for all of them. */
const KEYS = 4;

/**
 * `several` tokens and one head an invocation; the result in both layouts.
 * Bindings: dims, tokens, q, kv, inverse, out, outByToken, saved.
 */
export function attention(shape: AttentionShape, several: number): Kernel {
  const width = shape.headDim / 4;
  const four = (term: (k: number) => string) => Array.from({ length: KEYS }, (_, k) => term(k));
  const oneQuery = (i: number) => /* wgsl */ `      {
        let scores = vec4f(${four((k) => sum(width, (d) => `dot(q_${i}_${d}, k_${k}_${d})`)).join(', ')});
        let seen = vec4<bool>(here_${i}) & (vec4u(j) + vec4u(0u, 1u, 2u, 3u) <= vec4u(token_${i}.position));
        let masked = select(vec4f(-3.0e38), scores, seen);
        let next = max(max(top_${i}, max(masked.x, masked.y)), max(masked.z, masked.w));
        let keep = exp(top_${i} - next);
        let p = select(vec4f(), exp(masked - next), seen);
        total_${i} = total_${i} * keep + p.x + p.y + p.z + p.w;
        top_${i} = next;
${each(width, (d) => `        o_${i}_${d} = o_${i}_${d} * keep ${four((k) => `+ p[${k}] * v_${k}_${d}`).join(' ')};`)}
      }`;
  const source = /* wgsl */ `
@group(0) @binding(2) var<storage, read> q: array<vec4f>;
@group(0) @binding(3) var<storage, read> kv: array<vec4f>;
@group(0) @binding(4) var<storage, read> inverse: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;
@group(0) @binding(6) var<storage, read_write> outByToken: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> saved: array<vec4f>;
${main}
${severalTokens(several, 'HEADS')}
  let group = head / (HEADS / KV);
${each(several, (i) => `  var top_${i} = -3.0e38;\n  var total_${i} = 0.0;\n${each(width, (d) => `  let q_${i}_${d} = q[(t_${i} * HEADS + head) * WIDTH + ${d}u] * ${scale(shape)};\n  var o_${i}_${d} = vec4f();`)}`)}
${bySequence(
  several,
  /* wgsl */ `${lastPosition(several)}
    for (var j = 0u; j <= last; j += ${KEYS}u) {
${each(KEYS, (k) => `      let slot_${k} = ((base + min(j + ${k}u, last)) * 2u * KV + group) * WIDTH;`)}
${each(KEYS, (k) => each(width, (d) => `      let k_${k}_${d} = kv[slot_${k} + ${d}u];\n      let v_${k}_${d} = kv[slot_${k} + KV * WIDTH + ${d}u];`))}
${each(several, oneQuery)}
    }`,
)}
  let stride = 4u * depth(dims.tokens);
${each(
  several,
  (i) => /* wgsl */ `  if (first + ${i}u < dims.tokens) {
    saved[t_${i} * HEADS + head] = vec4f(top_${i} + log(total_${i}), 0.0, inverse[t_${i}], 0.0);
${each(width, (d) => `    put(t_${i}, head * WIDTH + ${d}u, o_${i}_${d} / total_${i}, stride);`)}
  }`,
)}
}

fn put(t: u32, i: u32, value: vec4f, stride: u32) {
  outByToken[t * HEADS * WIDTH + i] = value;
  for (var e = 0u; e < 4u; e++) { out[(4u * i + e) * stride + t] = value[e]; }
}`;
  return specialised('attention', source, shape);
}
