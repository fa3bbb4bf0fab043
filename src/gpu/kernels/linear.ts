import { kernel, type Kernel } from '../kernel';
import {
  accumulate,
  cell,
  each,
  sharedTiles,
  tileColumns,
  tileRows,
  tilesAcross,
  tilesDown,
  type Blocking,
} from './product';

/**
 * Linear layers and what is fused onto their ends. `left` is a matrix [inner, outputs], `right` activations by feature
 * [inner, items]. Shapes come from a uniform, so that one pipeline serves every matrix of a model. A row of the result is
 * what belongs to one item; outputs come in groups of four.
 */
interface Linear {
  name: string;
  blocking: Blocking;
  bindings: string;
  /** Place in `left` of group g of a block's rows; the groups of a pair alternate. */
  group?: string;
  /** Statements behind the loop. */
  store: string;
}

const shape = /* wgsl */ `
struct Shape {
  inner: u32,    // length of the sums
  outputs: u32,  // rows of the block
  stride: u32,   // of left, in floats
  byRows: u32,   // 1: items are predicted places (dims.rows), 0: tokens
}
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<uniform> shape: Shape;
@group(0) @binding(2) var<storage, read> right: array<vec4f>;`;

/** Uniform of a linear layer. */
export const linearShape = (inner: number, outputs: number, stride: number, extent: 'tokens' | 'rows') => [
  inner,
  outputs,
  stride,
  extent === 'rows' ? 1 : 0,
];

/** Work of a linear layer. */
export const linearWork = (blocking: Blocking, outputs: number, extent: 'tokens' | 'rows') => ({
  extent,
  per: tileColumns(blocking),
  units: 64 * tilesDown(blocking, outputs),
});

const single = 'return min(g, shape.stride / 4u - 1u);';

function linearKernel({ name, blocking, bindings, group = single, store }: Linear): Kernel {
  const factors = {
    from: '0u',
    to: 'shape.inner',
    leftStride: 'shape.stride / 4u',
    rightStride: 'deep',
    right: (g: string) => `min(${g}, deep - 1u)`,
  };
  return kernel(
    name,
    /* wgsl */ `${shape}
@group(0) @binding(3) var<storage, read> left: array<${blocking.half ? 'vec4h' : 'vec4f'}>;
${bindings}
${sharedTiles(blocking)}
fn group(g: u32) -> u32 { ${group} }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let count = select(dims.tokens, dims.rows, shape.byRows == 1u);
  let deep = depth(count);
  let tilesDown = (shape.outputs + ${tileRows(blocking) - 1}u) / ${tileRows(blocking)}u;
  let tile = index(workgroup);
${accumulate(blocking, factors, 'item >= count || 4u * top >= shape.outputs')}
${store}
}`,
    {},
    blocking.half ? ['f16'] : [],
  );
}

const output = (binding: number, name: string) =>
  `@group(0) @binding(${binding}) var<storage, read_write> ${name}: array<vec4f>;`;
const input = (binding: number, name: string, type = 'vec4f') =>
  `@group(0) @binding(${binding}) var<storage, read> ${name}: array<${type}>;`;

/** Does something with every group of four rows that exists. */
const groups = ({ rows }: Blocking, body: (r: number) => string) =>
  each(rows / 4, (r) => `  if (4u * (top + ${r}u) < shape.outputs) {\n${body(r)}\n  }`);

/** Four rows into a buffer by feature: all four columns of a vec4, those that pad the batch too. */
const byFeature = ({ columns }: Blocking, to: string, feature: string, value: (e: number, c: number) => string) =>
  each(4, (e) =>
    each(columns / 4, (c) => `    ${to}[(${feature} + ${e}u) * deep + item / 4u + ${c}u] = ${value(e, c)};`),
  );

/** Four rows into a buffer by token, one vec4 an item. */
const byToken = (
  { columns }: Blocking,
  to: string,
  place: (item: string) => string,
  value: (e: number, c: number) => string,
) =>
  each(columns, (t) => {
    const four = [0, 1, 2, 3].map((e) => `${value(e, t >> 2)}[${t & 3}]`).join(', ');
    return `    if (item + ${t}u < count) { ${to}[${place(`(item + ${t}u)`)}] = vec4f(${four}); }`;
  });

/** y = x · m, by feature. Bindings: dims, shape, x, m, y. */
export const linear = (blocking: Blocking) =>
  linearKernel({
    name: 'linear',
    blocking,
    bindings: output(4, 'y'),
    store: groups(blocking, (r) => byFeature(blocking, 'y', `4u * (top + ${r}u)`, (e, c) => cell(4 * r + e, c))),
  });

/** y = x · m, by token. Bindings: dims, shape, x, m, y. */
export const linearByToken = (blocking: Blocking) =>
  linearKernel({
    name: 'linear-by-token',
    blocking,
    bindings: output(4, 'y'),
    store: groups(blocking, (r) =>
      byToken(
        blocking,
        'y',
        (item) => `${item} * (shape.outputs / 4u) + top + ${r}u`,
        (e, c) => cell(4 * r + e, c),
      ),
    ),
  });

/** 1 / rms of the items of a block. */
const scales = ({ columns }: Blocking) =>
  each(columns / 4, (c) => {
    const four = [0, 1, 2, 3].map((t) => `inverse[min(item + ${4 * c + t}u, count - 1u)]`);
    return `  let scale_${c} = vec4f(${four.join(', ')});`;
  });

/** Multiplies the accumulators by it, so that `left` meets normed activations (RMSNorm's weight is in `left`). */
const scaled = (blocking: Blocking) =>
  `${scales(blocking)}\n${each(blocking.rows, (i) =>
    each(blocking.columns / 4, (c) => `  ${cell(i, c)} *= scale_${c};`),
  )}`;

/** Logits: y = rmsnorm(x) · m, by feature. Bindings: dims, shape, x, m, inverse, y. */
export const linearNormed = (blocking: Blocking) =>
  linearKernel({
    name: 'linear-normed',
    blocking,
    bindings: `${input(4, 'inverse', 'f32')}\n${output(5, 'y')}`,
    store: `${scaled(blocking)}\n${groups(blocking, (r) =>
      byFeature(blocking, 'y', `4u * (top + ${r}u)`, (e, c) => cell(4 * r + e, c)),
    )}`,
  });

/** y = residual + x · m, in both layouts; the residual by feature. Bindings: dims, shape, x, m, residual, y, yByToken. */
export const linearResidual = (blocking: Blocking) =>
  linearKernel({
    name: 'linear-residual',
    blocking,
    bindings: `${input(4, 'residual')}\n${output(5, 'y')}\n${output(6, 'yByToken')}`,
    store: groups(blocking, (r) => {
      const feature = `4u * (top + ${r}u)`;
      const value = (e: number, c: number) => cell(4 * r + e, c);
      return [
        each(4, (e) =>
          each(
            blocking.columns / 4,
            (c) => `    ${value(e, c)} += residual[(${feature} + ${e}u) * deep + item / 4u + ${c}u];`,
          ),
        ),
        byFeature(blocking, 'y', feature, value),
        byToken(blocking, 'yByToken', (item) => `${item} * (shape.outputs / 4u) + top + ${r}u`, value),
      ].join('\n');
    }),
  });

/** Pairs of groups: four rows of the first half and the four of the second that belong to them. */
const pairs = (
  { rows }: Blocking,
  exists: string,
  body: (low: (e: number, c: number) => string, high: (e: number, c: number) => string) => string,
) =>
  each(
    rows / 8,
    (p) => /* wgsl */ `  {
    let pair = top / 2u + ${p}u;
    if (${exists}) {
${body(
  (e, c) => cell(8 * p + e, c),
  (e, c) => cell(8 * p + 4 + e, c),
)}
    }
  }`,
  );

/**
 * SwiGLU's first half on normed x: gate and up projections, and silu(gate) · up. `outputs` is twice the intermediate
 * size. gateUp is [2, inner] by feature, y in both layouts. Bindings: dims, shape, x, m, inverse, gateUp, y, yByToken.
 */
export const linearSwiglu = (blocking: Blocking) =>
  linearKernel({
    name: 'linear-swiglu',
    blocking,
    bindings: `${input(4, 'inverse', 'f32')}\n${output(5, 'gateUp')}\n${output(6, 'y')}\n${output(7, 'yByToken')}`,
    group: `let half = shape.outputs / 8u; return min(g / 2u, half - 1u) + (g % 2u) * half;`,
    store: `${scaled(blocking)}\n${pairs(blocking, '8u * pair < shape.outputs', (low, high) =>
      [
        byFeature(blocking, 'gateUp', '4u * pair', low),
        byFeature(blocking, 'gateUp', '(shape.outputs / 2u + 4u * pair)', high),
        each(4, (e) =>
          each(
            blocking.columns / 4,
            (c) => `    ${low(e, c)} = ${low(e, c)} / (1.0 + exp(-${low(e, c)})) * ${high(e, c)};`,
          ),
        ),
        byFeature(blocking, 'y', '4u * pair', low),
        byToken(blocking, 'yByToken', (item) => `${item} * (shape.outputs / 8u) + pair`, low),
      ].join('\n'),
    )}`,
  });

/**
 * Through the down projection and SwiGLU at once: from the gradient of the down projection's result to that of gate and
 * up, by feature, and by token times 1 / rms, as the weight gradient of a normed layer wants it. `outputs` is the
 * intermediate size. Bindings: dims, shape, x, m, gateUp, inverse, dGateUp, dGateUpByToken.
 */
export const linearSwigluBackward = (blocking: Blocking) =>
  linearKernel({
    name: 'linear-swiglu-backward',
    blocking,
    bindings: `${input(4, 'gateUp')}\n${input(5, 'inverse', 'f32')}\n${output(6, 'dGateUp')}\n${output(7, 'dGateUpByToken')}`,
    // Group after group, so that little is alive at a time: some drivers' compilers take very long over much of it.
    store: `${scales(blocking)}\n${groups(blocking, (r) => {
      const feature = `4u * (top + ${r}u)`;
      const gate = (e: number, c: number) => cell(4 * r + e, c);
      const up = (e: number, c: number) => `up_${e}_${c}`;
      const quads = (line: (e: number, c: number) => string) =>
        each(4, (e) => each(blocking.columns / 4, (c) => line(e, c)));
      const token = (item: string) => `${item} * (shape.outputs / 2u) + top + ${r}u`;
      return [
        quads((e, c) => `    var ${up(e, c)} = vec4f();`),
        quads(
          (e, c) => /* wgsl */ `    {
      let at = (${feature} + ${e}u) * deep + item / 4u + ${c}u;
      let gate = gateUp[at];
      let sigmoid = 1.0 / (1.0 + exp(-gate));
      ${up(e, c)} = ${gate(e, c)} * gate * sigmoid;
      ${gate(e, c)} *= gateUp[at + shape.outputs * deep] * sigmoid * (1.0 + gate * (1.0 - sigmoid));
    }`,
        ),
        byFeature(blocking, 'dGateUp', feature, gate),
        byFeature(blocking, 'dGateUp', `(shape.outputs + ${feature})`, up),
        quads((e, c) => `    ${gate(e, c)} *= scale_${c};\n    ${up(e, c)} *= scale_${c};`),
        byToken(blocking, 'dGateUpByToken', token, gate),
        byToken(blocking, 'dGateUpByToken', (item) => `${token(item)} + shape.outputs / 4u`, up),
      ].join('\n');
    })}`,
  });

/**
 * Queries, keys and values of normed x, the first two rotated by their position (RoPE, half-split convention), keys and
 * values put into their slots (attention.ts). Bindings: dims, shape, x, m, inverse, tokens, rotation, q, kv.
 */
export function linearRope(
  blocking: Blocking,
  { heads, kvHeads, headDim }: { heads: number; kvHeads: number; headDim: number },
): Kernel {
  const half = headDim / 8;
  const item = (t: number) => {
    const four = (value: (e: number, c: number) => string) =>
      `vec4f(${[0, 1, 2, 3].map((e) => `${value(e, t >> 2)}[${t & 3}]`).join(', ')})`;
    return { four, at: `(item + ${t}u)` };
  };
  return linearKernel({
    name: 'linear-rope',
    blocking,
    bindings: /* wgsl */ `
struct Token { id: u32, position: u32, base: u32, link: u32 }
${input(4, 'inverse', 'f32')}
${input(5, 'tokens', 'Token')}
${input(6, 'rotation')}
${output(7, 'q')}
${output(8, 'kv')}
fn put(t: u32, pair: u32, low: vec4f, high: vec4f) {
  let token = tokens[t];
  let head = pair / ${half}u;
  let i = pair % ${half}u;
  if (head < ${heads + kvHeads}u) {
    let turn = token.position * ${2 * half}u + i;
    let cosine = rotation[turn];
    let sine = rotation[turn + ${half}u];
    place(t, token, head, i, low * cosine - high * sine, high * cosine + low * sine);
  } else {
    place(t, token, head, i, low, high);
  }
}
fn place(t: u32, token: Token, head: u32, i: u32, low: vec4f, high: vec4f) {
  if (head < ${heads}u) {
    let to = (t * ${heads}u + head) * ${2 * half}u + i;
    q[to] = low;
    q[to + ${half}u] = high;
  } else {
    let to = ((token.base + token.position) * ${2 * kvHeads}u + head - ${heads}u) * ${2 * half}u + i;
    kv[to] = low;
    kv[to + ${half}u] = high;
  }
}`,
    group: `let pair = min(g / 2u, shape.outputs / 8u - 1u); return pair / ${half}u * ${2 * half}u + pair % ${half}u + (g % 2u) * ${half}u;`,
    store: `${scaled(blocking)}\n${pairs(blocking, '8u * pair < shape.outputs', (low, high) =>
      each(blocking.columns, (t) => {
        const { four, at } = item(t);
        return `    if (${at} < count) { put(${at}, pair, ${four(low)}, ${four(high)}); }`;
      }),
    )}`,
  });
}

/**
 * Weight gradient of a linear layer, one slice of tokens a tile: partials[slice][offset + o·inputs + k] = Σ_n d[n, o]·x[n, k].
 * The slices are summed by `reduce`. Where a norm stands before the layer, x is what goes into it and d is times 1 / rms;
 * `norm-gradient` then does the rest.
 * Bindings: dims, shape, x, d, partials.
 */
export function weightGradient(blocking: Blocking): Kernel {
  const factors = {
    from: 'slice * shape.slice',
    to: 'min((slice + 1u) * shape.slice, count)',
    leftStride: 'shape.stride / 4u',
    rightStride: 'width',
    right: (g: string) => `min(${g}, width - 1u)`,
  };
  return kernel(
    'weight-gradient',
    /* wgsl */ `
struct WeightShape {
  outputs: u32,
  inputs: u32,
  stride: u32,   // of d, in floats
  byRows: u32,
  offset: u32,   // of the tensor in the flat buffer
  size: u32,     // of the flat buffer
  slice: u32,    // tokens a slice
}
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<uniform> shape: WeightShape;
@group(0) @binding(2) var<storage, read> right: array<vec4f>;
@group(0) @binding(3) var<storage, read> left: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> partials: array<vec4f>;
${sharedTiles(blocking)}
fn group(g: u32) -> u32 { ${single} }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
  let tilesDown = (shape.outputs + ${tileRows(blocking) - 1}u) / ${tileRows(blocking)}u;
  let tilesAcross = (shape.inputs + ${tileColumns(blocking) - 1}u) / ${tileColumns(blocking)}u;
  let slice = index(workgroup) / (tilesDown * tilesAcross);
  let tile = index(workgroup) % (tilesDown * tilesAcross);
  let count = select(dims.tokens, dims.rows, shape.byRows == 1u);
  let width = shape.inputs / 4u;
  if (slice >= dims.chunks) { return; }
${accumulate(blocking, factors, 'item >= shape.inputs || 4u * top >= shape.outputs')}
  let at = (slice * shape.size + shape.offset) / 4u + 4u * top * width + item / 4u;
${each(blocking.rows, (i) =>
  each(
    blocking.columns / 4,
    (c) =>
      `  if (4u * top + ${i}u < shape.outputs && item + ${4 * c}u < shape.inputs) { partials[at + ${i}u * width + ${c}u] = ${cell(i, c)}; }`,
  ),
)}
}`,
  );
}

/** Invocations for each slice of a weight gradient. */
export const weightUnits = (blocking: Blocking, outputs: number, inputs: number) =>
  64 * tilesDown(blocking, outputs) * tilesAcross(blocking, inputs);
