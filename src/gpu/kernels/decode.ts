import { kernel, type Kernel } from '../kernel';
import { decodeShape } from '../structs';
import { marksLength } from '../token-marks';
import { scale, type AttentionShape } from './attention';
import { each } from './product';
import philox from './philox.wgsl?raw';
import sampling from './sampling.wgsl?raw';

/** A whole decoder, for a kernel that is made for it alone. */
export interface DecoderShape extends AttentionShape {
  hidden: number;
  inner: number;
  layers: number;
  vocabulary: number;
  /** Of RMSNorm. */
  epsilon: number;
  /**
   * Where the transposed matrices stand (transpose.wgsl), in numbers: the head, those of the first layer, and how far it is from
   * one layer to the next.
   */
  places: { head: number; qkv: number; output: number; gateUp: number; down: number; layer: number };
  /** Whether they are f16. */
  half: boolean;
  /** New tokens of a sequence that `drawn` has room for, and most that one dispatch makes. */
  most: number;
  atOnce: number;
}

const INVOCATIONS = 64;
/** vec4s of attention scores: so many keys of all heads are looked at before their values are added up. */
const SCORES = 256;
/** What WebGPU lets a workgroup share everywhere, in bytes. */
const WORKGROUP_MEMORY = 16384;

/** vec4s of the widest activation: queries, keys and values, SwiGLU's result, or three numbers of every word. */
const wideVectors = ({ hidden, kvHeads, headDim, inner, vocabulary }: DecoderShape) =>
  Math.max((hidden + 2 * kvHeads * headDim) / 4, inner / 4, 3 * Math.ceil(vocabulary / 4));

/** Whether one workgroup holds a token's activations, and has an invocation for every four features of the stream. */
export const decodeFits = (shape: DecoderShape) =>
  shape.hidden / 4 <= INVOCATIONS && 16 * (shape.hidden / 2 + wideVectors(shape) + SCORES + 2) <= WORKGROUP_MEMORY;

/** Runs `body` for each g, by all invocations in turns. */
const everyOf = (count: string, body: string) => /* wgsl */ `
  for (var g = local; g < ${count}; g += ${INVOCATIONS}u) {${body}
  }`;

/**
 * y = x · m, four outputs an invocation and turn: `store` puts y_0 away, and y_1, of the matrix's second half, where both are
 * made at once. Adds up in the order of product.ts. `x` is a vector of `length` vec4s in workgroup memory, `place` that of
 * the matrix, in numbers.
 */
function product(
  x: string,
  place: string,
  length: 'shape.hidden' | 'shape.inner',
  outputs: number,
  halves: 1 | 2,
  store: string,
) {
  const stride = Math.ceil(outputs / 4);
  const parts = stride / halves;
  const terms = (p: number) =>
    Array.from({ length: 4 }, (_, u) => `+ vec4f(weights[at + ${u * stride + p * parts}u]) * x[${u}]`).join(' ');
  return everyOf(
    `${parts}u`,
    /* wgsl */ `
${each(halves, (p) => `    var y_${p} = vec4f();`)}
    var at = (${place}) / 4u + g;
    for (var k = 0u; k < ${length}; k++) {
      let x = ${x}[k];
${each(halves, (p) => `      y_${p} = y_${p} ${terms(p)};`)}
      at += ${4 * stride}u;
    }
    ${store}`,
  );
}

/**
 * 1 / rms of the stream, by every invocation for itself: the sum goes in order, as in rms.wgsl. The divisor comes from the
 * uniform, as there: by a constant, one driver multiplies with its reciprocal, which is rounded.
 */
const inverse = /* wgsl */ `
    var squares = 0.0;
    for (var i = 0u; i < shape.hidden; i++) {
      let four = stream[i];
${each(4, (e) => `      squares += four[${e}] * four[${e}];`)}
    }
    let inverse = inverseSqrt(squares / f32(4u * shape.hidden) + EPSILON);`;

/** Rotates queries and keys in `wide`, as rope.ts does, scales the queries, and puts keys and values into their slots. */
const rotate = (shape: DecoderShape) => {
  const half = shape.headDim / 8;
  return everyOf(
    `(HEADS + 2u * KV) * ${half}u`,
    /* wgsl */ `
      let head = g / ${half}u;
      let i = g % ${half}u;
      var low = wide[head * WIDTH + i];
      var high = wide[head * WIDTH + i + ${half}u];
      if (head < HEADS + KV) {
        let cosine = rotation[now.position * WIDTH + i];
        let sine = rotation[now.position * WIDTH + i + ${half}u];
        let turned = low * cosine - high * sine;
        high = high * cosine + low * sine;
        low = turned;
      }
      if (head < HEADS) {
        wide[head * WIDTH + i] = low * ${scale(shape)};
        wide[head * WIDTH + i + ${half}u] = high * ${scale(shape)};
      } else {
        let to = slots + (now.position * 2u * KV + head - HEADS) * WIDTH + i;
        kv[to] = low;
        kv[to + ${half}u] = high;
      }`,
  );
};

/**
 * Attention of one query, with the sums of attention.ts: first the scores of some keys, four an invocation, then their
 * values, four features an invocation.
 */
const attend = ({ heads, kvHeads }: DecoderShape) => {
  const groups = Math.floor(SCORES / heads);
  const perGroup = heads / kvHeads;
  const key = (k: number) =>
    `      let key_${k} = slots + (min(4u * group + ${k}u, now.position) * 2u * KV + head / ${perGroup}u) * WIDTH;`;
  return /* wgsl */ `
    let head = min(local / WIDTH, HEADS - 1u);
    let values = slots + (KV + head / ${perGroup}u) * WIDTH + local % WIDTH;
    var top = -3.0e38;
    var total = 0.0;
    var out = vec4f();
    let last = now.position / 4u + 1u;
    for (var start = 0u; start < last; start += ${groups}u) {
      let count = min(${groups}u, last - start);
${everyOf(
  'HEADS * count',
  /* wgsl */ `
      let head = g / count;
      let group = start + g % count;
${each(4, key)}
      var score = vec4f();
      for (var d = 0u; d < shape.width; d++) {
        let q = wide[head * WIDTH + d];
        score += vec4f(${[0, 1, 2, 3].map((k) => `dot(q, kv[key_${k} + d])`).join(', ')});
      }
      scores[g] = score;`,
)}
      workgroupBarrier();
      for (var i = 0u; i < count; i++) {
        let key = vec4u(4u * (start + i)) + vec4u(0u, 1u, 2u, 3u);
        let seen = key <= vec4u(now.position);
        let masked = select(vec4f(-3.0e38), scores[head * count + i], seen);
        let next = max(max(top, max(masked.x, masked.y)), max(masked.z, masked.w));
        let keep = exp(top - next);
        let p = select(vec4f(), exp(masked - next), seen);
        total = total * keep + p.x + p.y + p.z + p.w;
        top = next;
        let at = values + min(key, vec4u(now.position)) * 2u * KV * WIDTH;
        out = out * keep + p.x * kv[at.x] + p.y * kv[at.y] + p.z * kv[at.z] + p.w * kv[at.w];
      }
      workgroupBarrier();
    }
    if (local < HEADS * WIDTH) { attended[local] = out / total; }`;
};

/** One layer of the token at hand, in place in the residual stream. */
const layer = (shape: DecoderShape) => {
  const { hidden, inner, kvHeads, headDim, places, layers } = shape;
  const qkv = hidden + 2 * kvHeads * headDim;
  const at = (place: number) => `layer * ${places.layer}u + ${place}u`;
  const swiglu = 'let gate = y_0 * inverse; wide[g] = gate / (1.0 + exp(-gate)) * (y_1 * inverse);';
  return /* wgsl */ `
    let slots = layer * (arrayLength(&kv) / ${layers}u) + now.base * 2u * KV * WIDTH;
    {${inverse}
${product('stream', at(places.qkv), 'shape.hidden', qkv, 1, 'wide[g] = y_0 * inverse;')}
    }
    workgroupBarrier();
${rotate(shape)}
    storageBarrier();
    workgroupBarrier();
${attend(shape)}
    workgroupBarrier();
${product('attended', at(places.output), 'shape.hidden', hidden, 1, 'stream[g] = y_0 + stream[g];')}
    workgroupBarrier();
    {${inverse}
${product('stream', at(places.gateUp), 'shape.hidden', 2 * inner, 2, swiglu)}
    }
    workgroupBarrier();
${product('wide', at(places.down), 'shape.inner', hidden, 1, 'stream[g] = y_0 + stream[g];')}
    workgroupBarrier();`;
};

/** Uniform of the kernel. */
export const decodeLengths = ({ layers, hidden, inner, headDim }: DecoderShape) =>
  decodeShape.pack({ layers, hidden: hidden / 4, inner: inner / 4, width: headDim / 4 });

/**
 * Tokens of a sequence, one workgroup a sequence: all layers, the head, the draw and back again in one dispatch, with the
 * activations in workgroup memory. Every number is made by the same operations in the same order as by the kernels of a
 * forward pass and sample.wgsl. `weights` are all transposed matrices, `kv` the slots of all layers, one layer behind the
 * other. Bindings: dims, sampling, shape, embedding, weights, rotation, kv, tokens, sequences, drawn, probed, marks of the
 * ids (as a uniform: no adapter has to let a kernel read more than eight buffers).
 */
export function decode(shape: DecoderShape): Kernel {
  const { hidden, vocabulary, places, half, most } = shape;
  const words = Math.ceil(vocabulary / 4);
  const source = /* wgsl */ `
const EPSILON = ${shape.epsilon};
// Lengths of loops, in vec4s, are no constants: drivers unroll what they can count, and one takes minutes to compile it.
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<uniform> sampling: Sampling;
@group(0) @binding(2) var<uniform> shape: DecodeShape;
@group(0) @binding(3) var<storage, read> embedding: array<vec4f>;
@group(0) @binding(4) var<storage, read> weights: array<${half ? 'vec4h' : 'vec4f'}>;
@group(0) @binding(5) var<storage, read> rotation: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> kv: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> tokens: array<Token>;
@group(0) @binding(8) var<storage, read_write> sequences: array<GeneratedSequence>;
@group(0) @binding(9) var<storage, read_write> drawn: array<vec2u>;
@group(0) @binding(10) var<storage, read_write> probed: array<f32>;
@group(0) @binding(11) var<uniform> ids: array<vec4u, ${marksLength(vocabulary) / 4}>;

var<workgroup> stream: array<vec4f, ${hidden / 4}>;
var<workgroup> attended: array<vec4f, ${hidden / 4}>;
var<workgroup> wide: array<vec4f, ${wideVectors(shape)}>;
var<workgroup> scores: array<vec4f, ${SCORES}>;
var<workgroup> next_input: Token;
var<workgroup> alive: u32;

fn logit(v: u32) -> f32 { return wide[v / 4u][v % 4u]; }
fn likelihood(v: u32) -> f32 { return wide[${words}u + v / 4u][v % 4u]; }
fn tempered(v: u32) -> f32 { return wide[${2 * words}u + v / 4u][v % 4u]; }
fn marks(i: u32) -> u32 { return ids[i / 4u][i % 4u]; }

@compute @workgroup_size(${INVOCATIONS})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let sequence = index(workgroup);
  if (sequence >= dims.sequences) { return; }
  if (local == 0u) {
    next_input = tokens[sequence];
    alive = sequences[next_input.link].alive;
  }
  for (var n = 0u; n < ${shape.atOnce}u; n++) {
    if (workgroupUniformLoad(&alive) == 0u) { break; }
    let now = workgroupUniformLoad(&next_input);
${everyOf('HIDDEN / 4u', 'stream[g] = embedding[now.id * (HIDDEN / 4u) + g];')}
    workgroupBarrier();
    for (var layer = 0u; layer < shape.layers; layer++) {${layer(shape)}
    }
${inverse}
${product('stream', `${places.head}u`, 'shape.hidden', vocabulary, 1, 'wide[g] = y_0 * inverse;')}
    workgroupBarrier();
    let best = likeliest();
    let top = highest(best);
    let topDrawable = logit(best);
${everyOf(
  `${words}u`,
  /* wgsl */ `
      wide[${words}u + g] = exp(wide[g] - top);
      wide[${2 * words}u + g] = exp((wide[g] - topDrawable) * cooling());`,
)}
    workgroupBarrier();
    if (local == 0u) {
      next_input = draw(now, best, top);
      alive = sequences[now.link].alive;
    }
  }
  if (local == 0u) { tokens[sequence] = next_input; }
}`;
  const constants = {
    VOCABULARY: vocabulary,
    MOST: most,
    HIDDEN: hidden,
    HEADS: shape.heads,
    KV: shape.kvHeads,
    WIDTH: shape.headDim / 4,
  };
  return kernel('decode', philox + sampling + source, constants, half ? ['f16'] : []);
}
