import { kernel, type Kernel } from '../kernel';
import { single } from './linear-kernel';
import {
  accumulate,
  cell,
  each,
  entry,
  extensionsOf,
  sharedTiles,
  tileColumns,
  tileRows,
  tilesAcross,
  tilesDown,
  type Blocking,
} from './product';

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
@group(0) @binding(0) var<uniform> dims: Dims;
@group(0) @binding(1) var<uniform> shape: WeightShape;
@group(0) @binding(2) var<storage, read> right: array<vec4f>;
@group(0) @binding(3) var<storage, read> left: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> partials: array<vec4f>;
${sharedTiles(blocking)}
fn group(g: u32) -> u32 { ${single} }

@compute @workgroup_size(64)
fn main(${entry(blocking)}) {
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
    {},
    extensionsOf(blocking),
  );
}

/** Invocations for each slice of a weight gradient. */
export const weightUnits = (blocking: Blocking, outputs: number, inputs: number) =>
  64 * tilesDown(blocking, outputs) * tilesAcross(blocking, inputs);
