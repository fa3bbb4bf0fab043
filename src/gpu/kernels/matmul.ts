import { kernel, type Kernel } from '../kernel';

/**
 * Register-blocked matrix products without barriers: each invocation computes an 8 × 8 block, reading four numbers at a
 * time. A row's sum runs over the inner dimension in order, whatever other rows there are, so a sequence's result does
 * not depend on its batch. Shapes come from a uniform, so that one pipeline serves every matrix.
 */
const BLOCK = 8;
const each = (n: number, line: (i: number) => string) => Array.from({ length: n }, (_, i) => line(i)).join('\n');

const shape = /* wgsl */ `
struct Shape {
  inner: u32,    // length of the sums
  columns: u32,  // of the result
  stride: u32,   // of the result (linear) or of the left factor (gradients), in floats
  byRows: u32,   // 1: items are predicted places (dims.rows), 0: tokens
}`;

const items = /* wgsl */ `
  let count = select(dims.tokens, dims.rows, shape.byRows == 1u);
  let blocks = (shape.columns + ${BLOCK - 1}u) / ${BLOCK}u;
  let block = invocation(workgroup, local);
  let first = (block / blocks) * ${BLOCK}u;
  let column = (block % blocks) * ${BLOCK}u;
  if (first >= count) { return; }`;

const main = '@compute @workgroup_size(64)\nfn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {';

/** y[n, o] = Σ_k x[n, k] · w[o, k], w as [out, in]; what becomes of a row of four results is `store`. */
function rowsTimesRows(name: string, bindings: string, wRow: (j: number) => string, store: (i: number) => string): Kernel {
  return kernel(
    name,
    /* wgsl */ `${shape}
@group(0) @binding(0) var<storage, read> dims: Dims;
@group(0) @binding(1) var<uniform> shape: Shape;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read> w: array<vec4f>;
${bindings}
${main}${items}
  let depth = shape.inner / 4u;
${each(BLOCK, (i) => `  let x_${i} = min(first + ${i}u, count - 1u) * depth;`)}
${each(BLOCK, (j) => `  let w_${j} = (${wRow(j)}) * depth;`)}
${each(BLOCK * BLOCK, (n) => `  var c_${Math.floor(n / BLOCK)}_${n % BLOCK} = 0.0;`)}
  for (var k = 0u; k < depth; k++) {
${each(BLOCK, (i) => `    let a_${i} = x[x_${i} + k];`)}
${each(BLOCK, (j) => `    let b_${j} = w[w_${j} + k];\n${each(BLOCK, (i) => `    c_${i}_${j} += dot(a_${i}, b_${j});`)}`)}
  }
${each(BLOCK, (i) => `  if (first + ${i}u < count) {\n${store(i)}\n  }`)}
}`,
  );
}

const quad = (i: number, from: number) => `vec4f(c_${i}_${from}, c_${i}_${from + 1}, c_${i}_${from + 2}, c_${i}_${from + 3})`;

const plainRow = (j: number) => `min(column + ${j}u, shape.columns - 1u)`;

/** y = x · wᵀ. Bindings: dims, shape, x, w, y. */
export const linear = rowsTimesRows(
  'linear',
  '@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;',
  plainRow,
  (i) => /* wgsl */ `    let at = ((first + ${i}u) * shape.stride + column) / 4u;
    y[at] = ${quad(i, 0)};
    if (column + 4u < shape.stride) { y[at + 1u] = ${quad(i, 4)}; }`,
);

/** y = residual + x · wᵀ. Bindings: dims, shape, x, w, y, residual. */
export const linearResidual = rowsTimesRows(
  'linear-residual',
  `@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(5) var<storage, read> residual: array<vec4f>;`,
  plainRow,
  (i) => /* wgsl */ `    let at = ((first + ${i}u) * shape.stride + column) / 4u;
    y[at] = residual[at] + ${quad(i, 0)};
    if (column + 4u < shape.stride) { y[at + 1u] = residual[at + 1u] + ${quad(i, 4)}; }`,
);

/**
 * SwiGLU's first half: gate and up projections of x and y = silu(gate) · up. A block is four gate columns and the same
 * four of up. `columns` is twice the intermediate size, `stride` the intermediate size.
 * Bindings: dims, shape, x, w, y, gateUp.
 */
export const linearSwiglu = rowsTimesRows(
  'linear-swiglu',
  `@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> gateUp: array<vec4f>;`,
  (j) => (j < 4 ? `column / 2u + ${j}u` : `shape.stride + column / 2u + ${j - 4}u`),
  (i) => /* wgsl */ `    let row_${i} = first + ${i}u;
    let gate_${i} = ${quad(i, 0)};
    let up_${i} = ${quad(i, 4)};
    gateUp[(row_${i} * shape.columns + column / 2u) / 4u] = gate_${i};
    gateUp[(row_${i} * shape.columns + shape.stride + column / 2u) / 4u] = up_${i};
    y[(row_${i} * shape.stride + column / 2u) / 4u] = gate_${i} / (1.0 + exp(-gate_${i})) * up_${i};`,
);

/** dx[n, k] = Σ_o d[n, o] · w[o, k]; `stride` is d's. */
function rowsTimesColumns(name: string, bindings: string, store: (at: string, sum: string) => string): Kernel {
  return kernel(
    name,
    /* wgsl */ `${shape}
@group(0) @binding(0) var<storage, read> dims: Dims;
@group(0) @binding(1) var<uniform> shape: Shape;
@group(0) @binding(2) var<storage, read> d: array<vec4f>;
@group(0) @binding(3) var<storage, read> w: array<vec4f>;
${bindings}
${main}${items}
  let width = shape.columns / 4u;
  let second = min(column / 4u + 1u, width - 1u);
${each(BLOCK, (i) => `  let d_${i} = min(first + ${i}u, count - 1u) * (shape.stride / 4u);`)}
${each(BLOCK, (i) => `  var c_${i}_0 = vec4f();\n  var c_${i}_1 = vec4f();`)}
  for (var o = 0u; o < shape.inner; o += 4u) {
${each(BLOCK, (i) => `    let a_${i} = d[d_${i} + o / 4u];`)}
${each(
  4,
  (e) => `    let row_${e} = min(o + ${e}u, shape.inner - 1u) * width;
    let p_${e} = w[row_${e} + column / 4u];
    let q_${e} = w[row_${e} + second];
${each(BLOCK, (i) => `    c_${i}_0 += a_${i}[${e}] * p_${e};\n    c_${i}_1 += a_${i}[${e}] * q_${e};`)}`,
)}
  }
${each(
  BLOCK,
  (i) => `  if (first + ${i}u < count) {
    let at_${i} = (first + ${i}u) * width + column / 4u;
${store(`at_${i}`, `c_${i}_0`)}
    if (column + 4u < shape.columns) {
${store(`at_${i} + 1u`, `c_${i}_1`)}
    }
  }`,
)}
}`,
  );
}

/** dx = d · w. Bindings: dims, shape, d, w, dx. */
export const linearBackward = rowsTimesColumns(
  'linear-backward',
  '@group(0) @binding(4) var<storage, read_write> dx: array<vec4f>;',
  (at, sum) => `    dx[${at}] = ${sum};`,
);

/**
 * Through the down projection and SwiGLU at once: from d (of the down projection's result) to the gradient of gate and
 * up. `columns` is the intermediate size. Bindings: dims, shape, d, w, dGateUp, gateUp.
 */
export const linearSwigluBackward = rowsTimesColumns(
  'linear-swiglu-backward',
  `@group(0) @binding(4) var<storage, read_write> dGateUp: array<vec4f>;
@group(0) @binding(5) var<storage, read> gateUp: array<vec4f>;
fn spread(at: u32, width: u32, sum: vec4f) {
  let gateAt = (at / width) * 2u * width + at % width;
  let gate = gateUp[gateAt];
  let up = gateUp[gateAt + width];
  let sigmoid = 1.0 / (1.0 + exp(-gate));
  dGateUp[gateAt] = sum * up * sigmoid * (1.0 + gate * (1.0 - sigmoid));
  dGateUp[gateAt + width] = sum * gate * sigmoid;
}`,
  (at, sum) => `    spread(${at}, width, ${sum});`,
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
${each(BLOCK, (i) => `  var c_${i}_0 = vec4f();\n  var c_${i}_1 = vec4f();`)}
  let end = min((slice + 1u) * shape.slice, count);
  for (var n = slice * shape.slice; n < end; n++) {
    let row = n * (shape.stride / 4u);
    let a_0 = d[row + output / 4u];
    let a_1 = d[row + min(output / 4u + 1u, last)];
    let p = x[n * width + input / 4u];
    let q = x[n * width + second];
${each(BLOCK, (i) => `    c_${i}_0 += a_${Math.floor(i / 4)}[${i % 4}] * p;\n    c_${i}_1 += a_${Math.floor(i / 4)}[${i % 4}] * q;`)}
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
