import { expect } from 'vitest';
import { Random } from '../../src/random/philox';
import { relativeDifference } from '../oracle/compare';

/** Unused rows behind a batch's in every buffer of it. */
export const SPARE = 20;

/**
 * Stands wherever a kernel has no business to write. Inputs are poisoned with NaN, so a row made from them differs from
 * this finite number.
 */
const UNTOUCHED = -12345.5;

/** Bound of max|a − b| / max|b| (CONTRIBUTING.md). */
const BOUND = 1e-4;

/** Seeded normal numbers. */
export function normal(seed: number, count: number, scale = 1): Float32Array<ArrayBuffer> {
  const random = new Random(seed, 'weights');
  return Float32Array.from(
    { length: count },
    () => scale * Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform()),
  );
}

export const double = (x: ArrayLike<number>): Float64Array<ArrayBuffer> => Float64Array.from(x);

/** The batch's numbers, and behind them `spare` that spoil every result they get into. */
export function poisoned(used: ArrayLike<number>, spare: number): Float32Array<ArrayBuffer> {
  const all = new Float32Array(used.length + spare).fill(NaN);
  all.set(used);
  return all;
}

/** The batch's words, and behind them `spare` more that repeat `record`: valid, so that using them leaves a trace. */
export function extended(
  used: ArrayLike<number>,
  spare: number,
  record: readonly number[] = [0],
): Uint32Array<ArrayBuffer> {
  const all = Uint32Array.from({ length: used.length + spare }, (_, i) => record[(i - used.length) % record.length]);
  all.set(used);
  return all;
}

export function untouched(count: number): Float32Array<ArrayBuffer> {
  return new Float32Array(count).fill(UNTOUCHED);
}

export function expectUntouched(actual: Float32Array, what = ''): void {
  expect(
    actual.findIndex((x) => x !== UNTOUCHED),
    `first place of ${what} that was written`,
  ).toBe(-1);
}

export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, what = ''): void {
  expect(expected.length).toBeGreaterThan(0);
  expect(relativeDifference(actual, expected), what).toBeLessThan(BOUND);
}

/** The batch's part of a buffer is as expected, and what is behind it is untouched. */
export function expectFilled(actual: Float32Array, expected: Float64Array, what = ''): void {
  expectClose(actual.subarray(0, expected.length), expected, what);
  expect(actual.length).toBeGreaterThan(expected.length);
  expectUntouched(actual.subarray(expected.length), `${what} behind the batch`);
}

/** The first `columns` of every row of a matrix whose rows stand `stride` apart. */
export function columnsOf(x: Float32Array, rows: number, stride: number, columns: number): Float32Array {
  return Float32Array.from({ length: rows * columns }, (_, i) => x[Math.floor(i / columns) * stride + (i % columns)]);
}

/** Rows of a matrix set `stride` apart, NaN between them. */
export function spaced(x: Float32Array, columns: number, stride: number): Float32Array<ArrayBuffer> {
  const y = new Float32Array((x.length / columns) * stride).fill(NaN);
  x.forEach((value, i) => (y[Math.floor(i / columns) * stride + (i % columns)] = value));
  return y;
}

/** x [rows, columns] as [columns, stride], NaN between. */
export function transposed(x: Float32Array, columns: number, stride: number): Float32Array<ArrayBuffer> {
  const y = new Float32Array(columns * stride).fill(NaN);
  x.forEach((value, i) => (y[(i % columns) * stride + Math.floor(i / columns)] = value));
  return y;
}
