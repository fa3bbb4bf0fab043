import { kernel, type Kernel } from '../kernel';
import {
  accumulate,
  cell,
  each,
  entry,
  extensionsOf,
  sharedTiles,
  tileColumns,
  tileRows,
  tilesDown,
  type Blocking,
} from './product';

/**
 * The frame of every linear layer, and the pieces of its end. `left` is a matrix [inner, outputs], `right` activations by
 * feature [inner, items]. Shapes come from a uniform, so that one pipeline serves every matrix of a model. Outputs come in
 * groups of four.
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

/** Four numbers of row e of a group and of vec4 c of a block's columns. */
export type Value = (e: number, c: number) => string;

const shape = /* wgsl */ `
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<uniform> shape: LinearShape;
@group(0) @binding(2) var<storage, read> right: array<vec4f>;`;

/** Work of a linear layer. */
export const linearWork = (blocking: Blocking, outputs: number, extent: 'tokens' | 'rows') => ({
  extent,
  per: tileColumns(blocking),
  units: 64 * tilesDown(blocking, outputs),
});

/** Groups that follow each other. */
export const single = 'return min(g, shape.stride / 4u - 1u);';

/** A linear layer: its loop, and what it does with the sums. */
export function linearKernel({ name, blocking, bindings, group = single, store }: Linear): Kernel {
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
fn main(${entry(blocking)}) {
  let count = select(dims.tokens, dims.rows, shape.byRows == 1u);
  let deep = depth(count);
  let tilesDown = (shape.outputs + ${tileRows(blocking) - 1}u) / ${tileRows(blocking)}u;
  let tile = index(workgroup);
${accumulate(blocking, factors, 'item >= count || 4u * top >= shape.outputs')}
${store}
}`,
    {},
    extensionsOf(blocking),
  );
}

export const output = (binding: number, name: string) =>
  `@group(0) @binding(${binding}) var<storage, read_write> ${name}: array<vec4f>;`;
export const input = (binding: number, name: string, type = 'vec4f') =>
  `@group(0) @binding(${binding}) var<storage, read> ${name}: array<${type}>;`;

/** Repeats `body` for every group of four rows that exists. */
export const groups = ({ rows }: Blocking, body: (r: number) => string) =>
  each(rows / 4, (r) => `  if (4u * (top + ${r}u) < shape.outputs) {\n${body(r)}\n  }`);

/** A line for each of four rows and each vec4 of a block's columns. */
export const quads = ({ columns }: Blocking, line: (e: number, c: number) => string) =>
  each(4, (e) => each(columns / 4, (c) => line(e, c)));

/** Four rows of item t of a block. */
export const ofItem = (t: number, value: Value) =>
  `vec4f(${[0, 1, 2, 3].map((e) => `${value(e, t >> 2)}[${t & 3}]`).join(', ')})`;

/** Four rows into a buffer by feature: all four columns of a vec4, those that pad the batch too. */
export const byFeature = (blocking: Blocking, to: string, feature: string, value: Value) =>
  quads(blocking, (e, c) => `    ${to}[(${feature} + ${e}u) * deep + item / 4u + ${c}u] = ${value(e, c)};`);

/** Four rows into a buffer by token, one vec4 an item. */
export const byToken = ({ columns }: Blocking, to: string, place: (item: string) => string, value: Value) =>
  each(columns, (t) => `    if (item + ${t}u < count) { ${to}[${place(`(item + ${t}u)`)}] = ${ofItem(t, value)}; }`);

/** 1 / rms of the items of a block. */
export const scales = ({ columns }: Blocking) =>
  each(columns / 4, (c) => {
    const four = [0, 1, 2, 3].map((t) => `inverse[min(item + ${4 * c + t}u, count - 1u)]`);
    return `  let scale_${c} = vec4f(${four.join(', ')});`;
  });

/** Multiplies the accumulators by it, so that `left` meets normed activations (RMSNorm's weight is in `left`). */
export const scaled = (blocking: Blocking) =>
  `${scales(blocking)}\n${each(blocking.rows, (i) =>
    each(blocking.columns / 4, (c) => `  ${cell(i, c)} *= scale_${c};`),
  )}`;

/** Pairs of groups: four rows of the first half and the four of the second that belong to them. */
export const pairs = ({ rows }: Blocking, exists: string, body: (low: Value, high: Value) => string) =>
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
