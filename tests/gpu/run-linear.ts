import type { Gpu } from '../../src/gpu/device';
import type { Kernel } from '../../src/gpu/kernel';
import { linearWork } from '../../src/gpu/kernels/linear-kernel';
import type { Blocking } from '../../src/gpu/kernels/product';
import { runKernel, type Contents } from './run-kernel';
import { byFeature, dimsOf, transposed } from './values';

/** A linear layer's sizes: x [items, inner], y [items, outputs]; `stride` is from one row of the matrix to the next. */
export interface LinearSizes {
  items: number;
  inner: number;
  outputs: number;
  stride: number;
  extent: 'tokens' | 'rows';
}

/** W [outputs, inner] as forward products read it, [inner, stride]. */
export const forwardMatrix = (w: Float32Array, { inner, stride }: Pick<LinearSizes, 'inner' | 'stride'>) =>
  transposed(w, inner, stride);

/** Dispatches one kind of linear layer alone, in one variant, on x [items, inner] and a matrix [inner, stride]. */
export async function runLinear<B extends Record<string, Contents>>(
  gpu: Gpu,
  kind: (blocking: Blocking) => Kernel,
  blocking: Blocking,
  { items, inner, outputs, stride, extent }: LinearSizes,
  x: Float32Array,
  matrix: Float32Array<ArrayBuffer>,
  others: B,
) {
  return runKernel(gpu, kind(blocking), {
    dims: dimsOf(extent, items),
    work: linearWork(blocking, outputs, extent),
    bindings: {
      shape: { uniform: new Uint32Array([inner, outputs, stride, extent === 'rows' ? 1 : 0]) },
      x: byFeature(x, inner),
      matrix,
      ...others,
    },
  });
}
