import { kernel, type Kernel } from '../kernel';

/**
 * Register-blocked matrix products without barriers: each invocation computes an 8 × 8 block, one step of the inner
 * dimension at a time, reading eight numbers of either factor as two vec4s. For that the left factor stands transposed,
 * [inner, items], which `transpose` is quick to make; reading it by rows was slower (docs/engine.md). A row's
 * sum runs over the inner dimension in order, whatever other rows there are, so a sequence's result does not depend on
 * its batch. Shapes come from a uniform, so that one pipeline serves every matrix.
 */
const BLOCK = 8;
const each = (n: number, line: (i: number) => string) => Array.from({ length: n }, (_, i) => line(i)).join('\n');

const main = /* wgsl */ `
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {`;

const accumulators = each(BLOCK, (i) => `  var c_${i}_0 = vec4f();\n  var c_${i}_1 = vec4f();`);
const accumulate = each(
  BLOCK,
  (i) => `    c_${i}_0 += a_${i >> 2}[${i & 3}] * p;\n    c_${i}_1 += a_${i >> 2}[${i & 3}] * q;`,
);

interface Product {
  name: string;
  bindings: string;
  /** Places, in vec4s, of the block's first four columns of m, and of the second four from there. */
  right: string;
  apart: string;
  /** What becomes of a row's two results, c_i_0 and c_i_1. */
  store: (i: number) => string;
}

/** y[n, c] = Σ_k x[k, n] · m[k, c]. */
function product({ name, bindings, right, apart, store }: Product): Kernel {
  return kernel(
    name,
    /* wgsl */ `
struct Shape {
  inner: u32,    // length of the sums
  columns: u32,  // of the result
  stride: u32,   // of m, in floats
  out: u32,      // stride of the result, in floats
  byRows: u32,   // 1: items are predicted places (dims.rows), 0: tokens
}
@group(0) @binding(0) var<storage, read> dims: Dims;
@group(0) @binding(1) var<uniform> shape: Shape;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read> m: array<vec4f>;
${bindings}
${main}
  let count = select(dims.tokens, dims.rows, shape.byRows == 1u);
  let blocks = (shape.columns + ${BLOCK - 1}u) / ${BLOCK}u;
  let block = invocation(workgroup, local);
  let first = (block / blocks) * ${BLOCK}u;
  if (first >= count) { return; }
  let column = (block % blocks) * 2u;  // in vec4s
  let depth = (count + 7u) / 8u * 2u;
  let width = shape.stride / 4u;
  let apart = ${apart};
${accumulators}
  var left = first / 4u;
  var right = ${right};
  for (var k = 0u; k < shape.inner; k++) {
    let a_0 = x[left];
    let a_1 = x[left + 1u];
    let p = m[right];
    let q = m[right + apart];
${accumulate}
    left += depth;
    right += width;
  }
${each(BLOCK, (i) => `  if (first + ${i}u < count) {\n${store(i)}\n  }`)}
}`,
  );
}

const neighbour = 'select(0u, 1u, column + 1u < width)';
const at = (i: number) => `(first + ${i}u) * (shape.out / 4u) + column`;

/** y = x · m. Bindings: dims, shape, x, m, y. */
export const linear = product({
  name: 'linear',
  bindings: '@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;',
  right: 'column',
  apart: neighbour,
  store: (i) => /* wgsl */ `    y[${at(i)}] = c_${i}_0;
    if (4u * column + 4u < shape.out) { y[${at(i)} + 1u] = c_${i}_1; }`,
});

/** y = residual + x · m. Bindings: dims, shape, x, m, y, residual. */
export const linearResidual = product({
  name: 'linear-residual',
  bindings: `@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(5) var<storage, read> residual: array<vec4f>;`,
  right: 'column',
  apart: neighbour,
  store: (i) => /* wgsl */ `    y[${at(i)}] = residual[${at(i)}] + c_${i}_0;
    if (4u * column + 4u < shape.out) { y[${at(i)} + 1u] = residual[${at(i)} + 1u] + c_${i}_1; }`,
});

/**
 * SwiGLU's first half: gate and up projections of x and y = silu(gate) · up. A block is four gate columns and the same
 * four of up. `columns` is twice the intermediate size, `out` the intermediate size.
 * Bindings: dims, shape, x, m, y, gateUp.
 */
export const linearSwiglu = product({
  name: 'linear-swiglu',
  bindings: `@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> gateUp: array<vec4f>;`,
  right: 'column / 2u',
  apart: 'shape.out / 4u',
  store: (i) => /* wgsl */ `    let gate_${i} = column / 2u;
    let row_${i} = first + ${i}u;
    gateUp[row_${i} * (shape.columns / 4u) + gate_${i}] = c_${i}_0;
    gateUp[row_${i} * (shape.columns / 4u) + apart + gate_${i}] = c_${i}_1;
    y[row_${i} * apart + gate_${i}] = c_${i}_0 / (1.0 + exp(-c_${i}_0)) * c_${i}_1;`,
});

/**
 * Through the down projection and SwiGLU at once: from the gradient of the down projection's result to that of gate and
 * up. `columns` is the intermediate size. Bindings: dims, shape, x, m, dGateUp, gateUp.
 */
export const linearSwigluBackward = product({
  name: 'linear-swiglu-backward',
  bindings: `@group(0) @binding(4) var<storage, read_write> dGateUp: array<vec4f>;
@group(0) @binding(5) var<storage, read> gateUp: array<vec4f>;
fn spread(at: u32, width: u32, sum: vec4f) {
  let gate = gateUp[at];
  let up = gateUp[at + width];
  let sigmoid = 1.0 / (1.0 + exp(-gate));
  dGateUp[at] = sum * up * sigmoid * (1.0 + gate * (1.0 - sigmoid));
  dGateUp[at + width] = sum * gate * sigmoid;
}`,
  right: 'column',
  apart: neighbour,
  store: (i) => /* wgsl */ `    spread((first + ${i}u) * 2u * width + column, width, c_${i}_0);
    if (column + 1u < width) { spread((first + ${i}u) * 2u * width + column + 1u, width, c_${i}_1); }`,
});

/**
 * y[c, n] = x[n, c], four by four an invocation, so that products can read x by columns. The rows of y are padded to
 * eights, or to `stride`. Bindings: dims, shape, x, y.
 */
export const transpose = kernel(
  'transpose',
  /* wgsl */ `
struct TransposeShape {
  columns: u32,  // of x
  items: u32,    // 0: tokens, 1: predicted places, else a fixed number of rows (weights)
}
@group(0) @binding(0) var<storage, read> dims: Dims;
@group(0) @binding(1) var<uniform> shape: TransposeShape;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
${main}
  let count = select(select(shape.items, dims.rows, shape.items == 1u), dims.tokens, shape.items == 0u);
  let width = shape.columns / 4u;
  let tile = invocation(workgroup, local);
  let column = tile % width;
  let row = (tile / width) * 4u;
  if (row >= count) { return; }
${each(4, (i) => `  let r_${i} = x[min(row + ${i}u, count - 1u) * width + column];`)}
  let depth = (count + 7u) / 8u * 2u;
  let to = 4u * column * depth + row / 4u;
${each(4, (i) => `  y[to + ${i}u * depth] = vec4f(r_0[${i}], r_1[${i}], r_2[${i}], r_3[${i}]);`)}
}`,
);

/**
 * Weight gradient of a linear layer, one slice of tokens a block: partials[slice][offset + o·in + k] = Σ_n d[n, o]·x[n, k].
 * The slices are summed by `reduce`. Bindings: dims, shape, d, x, partials.
 */
export const weightGradient = kernel(
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
@group(0) @binding(0) var<storage, read> dims: Dims;
@group(0) @binding(1) var<uniform> shape: WeightShape;
@group(0) @binding(2) var<storage, read> d: array<vec4f>;
@group(0) @binding(3) var<storage, read> x: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> partials: array<vec4f>;
${main}
  let across = (shape.inputs + ${BLOCK - 1}u) / ${BLOCK}u;
  let down = (shape.outputs + ${BLOCK - 1}u) / ${BLOCK}u;
  let block = invocation(workgroup, local);
  let slice = block / (across * down);
  if (slice >= dims.chunks) { return; }
  let output = ((block / across) % down) * ${BLOCK}u;
  let input = (block % across) * ${BLOCK}u;
  let count = select(dims.tokens, dims.rows, shape.byRows == 1u);
  let width = shape.inputs / 4u;
  let second = min(input / 4u + 1u, width - 1u);
  let last = shape.stride / 4u - 1u;
${accumulators}
  let end = min((slice + 1u) * shape.slice, count);
  for (var n = slice * shape.slice; n < end; n++) {
    let row = n * (shape.stride / 4u);
    let a_0 = d[row + output / 4u];
    let a_1 = d[row + min(output / 4u + 1u, last)];
    let p = x[n * width + input / 4u];
    let q = x[n * width + second];
${accumulate}
  }
  let at = (slice * shape.size + shape.offset) / 4u + output * width + input / 4u;
${each(
  BLOCK,
  (i) => `  if (output + ${i}u < shape.outputs) {
    partials[at + ${i}u * width] = c_${i}_0;
    if (input + 4u < shape.inputs) { partials[at + ${i}u * width + 1u] = c_${i}_1; }
  }`,
)}
}`,
);

/** Blocks an invocation each for `columns` results of an item, and items a block. */
export const blocked = (columns: number) => ({ per: BLOCK, units: Math.ceil(columns / BLOCK) });
/** Blocks of a weight matrix. */
export const weightBlocks = (outputs: number, inputs: number) => Math.ceil(outputs / BLOCK) * Math.ceil(inputs / BLOCK);
/** Length of a transposed row: whole blocks. */
export const transposedStride = (items: number) => Math.ceil(items / BLOCK) * BLOCK;
