import type { ParameterLayout } from '../../src/model/layout';

/** max|a − b| / max|b|, the house's measure of equality of two paths; `b` is the reference. */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`Compared ${a.length} numbers with ${b.length}.`);
  let difference = 0;
  let size = 0;
  for (let i = 0; i < b.length; i++) {
    if (!Number.isFinite(a[i]) || !Number.isFinite(b[i])) return Infinity;
    difference = Math.max(difference, Math.abs(a[i] - b[i]));
    size = Math.max(size, Math.abs(b[i]));
  }
  return difference === 0 ? 0 : difference / size;
}

/** `relativeDifference` of each tensor of two flat arrays, by name. */
export function differenceByTensor(
  layout: ParameterLayout,
  a: Float32Array | Float64Array,
  b: Float64Array,
): Record<string, number> {
  return Object.fromEntries(
    layout.tensors.map(({ name, offset, size }) => [
      name,
      relativeDifference(a.subarray(offset, offset + size), b.subarray(offset, offset + size)),
    ]),
  );
}
