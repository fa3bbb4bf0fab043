import { expect } from 'vitest';
import type { Dims } from '../../src/gpu/structs';
import { Random } from '../../src/random/philox';
import { relativeDifference } from '../oracle/compare';

/** Unused rows behind a batch's in every buffer of it. */
export const SPARE = 20;

/**
 * Stands wherever a kernel has no business to write. Inputs are poisoned with NaN, so a row made from them differs from
 * this finite number.
 */
export const UNTOUCHED = -12345.5;

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
export function columnsOf<T extends Float32Array | Float64Array>(
  x: T,
  rows: number,
  stride: number,
  columns: number,
): T {
  const y = x.slice(0, rows * columns) as T;
  return y.map((_, i) => x[Math.floor(i / columns) * stride + (i % columns)]) as T;
}

/** Rows of a matrix set `stride` apart, NaN between them. */
export function spaced(x: Float32Array, columns: number, stride: number): Float32Array<ArrayBuffer> {
  const y = new Float32Array((x.length / columns) * stride).fill(NaN);
  x.forEach((value, i) => (y[Math.floor(i / columns) * stride + (i % columns)] = value));
  return y;
}

/** x [rows, columns] as [columns, stride], between and behind them what spoils every result that it gets into. */
export function transposed(
  x: Float32Array,
  columns: number,
  stride: number,
  background = NaN,
): Float32Array<ArrayBuffer> {
  const y = new Float32Array((columns + SPARE) * stride).fill(background);
  x.forEach((value, i) => (y[(i % columns) * stride + Math.floor(i / columns)] = value));
  return y;
}

/** Items from one feature to the next, by feature (common.wgsl). */
export const paddedItems = (items: number) => Math.ceil(items / 16) * 16;

/** x [items, features] by feature, NaN or another number where items are padded and behind the features. */
export const byFeature = (x: Float32Array, features: number, background = NaN) =>
  transposed(x, features, paddedItems(x.length / features), background);

/** Room for [items, features] by feature, and for others behind them. */
export const untouchedByFeature = (items: number, features: number) =>
  untouched((Math.ceil(features / 4) * 4 + SPARE) * paddedItems(items));

/** [items, features] of a buffer by feature. */
export function byItem(x: Float32Array, items: number, features: number): Float32Array {
  const stride = paddedItems(items);
  return Float32Array.from(
    { length: items * features },
    (_, i) => x[(i % features) * stride + Math.floor(i / features)],
  );
}

/**
 * A buffer by feature holds `expected` [items, features]. What pads the items and the last four features is nobody's;
 * all behind it is untouched.
 */
export function expectByFeature(actual: Float32Array, expected: Float64Array, items: number, what = ''): void {
  const features = expected.length / items;
  const end = Math.ceil(features / 4) * 4 * paddedItems(items);
  expectClose(byItem(actual, items, features), expected, `${what} by feature`);
  expect(actual.length).toBeGreaterThan(end);
  expectUntouched(actual.subarray(end), `${what} behind the features`);
}

/** Nothing was written where the items of these features are padded. */
export function expectPaddingUntouched(actual: Float32Array, items: number, features: number, what = ''): void {
  const stride = paddedItems(items);
  const padding = actual.subarray(0, features * stride).filter((_, i) => i % stride >= items);
  expectUntouched(padding, `${what} in the padding`);
}

/** A batch of so many items by one extent, and of another number, otherwise padded, by the other. */
export const dimsOf = (extent: 'tokens' | 'rows', items: number): Dims => ({
  tokens: extent === 'tokens' ? items : items + 23,
  rows: extent === 'rows' ? items : items + 23,
  sequences: 3,
  chunks: 1,
});
