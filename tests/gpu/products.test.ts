import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  blocked,
  linear,
  linearResidual,
  linearSwiglu,
  linearSwigluBackward,
  transpose,
  transposedStride,
} from '../../src/gpu/kernels/matmul';
import type { Dims } from '../../src/gpu/plan';
import { openEngine, type Engine } from '../oracle/engine';
import * as oracle from '../oracle/operations';
import { runKernel } from './run-kernel';
import {
  columnsOf,
  double,
  expectClose,
  expectFilled,
  expectUntouched,
  normal,
  poisoned,
  SPARE,
  transposed,
  untouched,
} from './values';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

const extents = ['tokens', 'rows'] as const;

/** A batch of `items` by one extent and another number by the other, which a kernel must not take instead. */
const dimsOf = (extent: 'tokens' | 'rows', items: number): Dims => ({
  tokens: extent === 'tokens' ? items : items + 11,
  rows: extent === 'rows' ? items : items + 11,
  sequences: 3,
  chunks: 1,
});

const sum = (a: Float64Array, b: Float64Array) => a.map((x, i) => x + b[i]);
const block = (x: Float64Array, width: number, from: number, to: number) =>
  x.filter((_, i) => i % width >= from && i % width < to);

describe.each(extents)('by %s', (extent) => {
  const byRows = extent === 'rows' ? 1 : 0;

  describe.each([
    { what: 'less than a block', items: 1, inner: 4, columns: 4, stride: 8, out: 4 },
    { what: 'rows of the matrix that end within a block', items: 13, inner: 20, columns: 36, stride: 36, out: 36 },
    { what: 'an odd vocabulary', items: 67, inner: 36, columns: 37, stride: 40, out: 40 },
    { what: 'back from an odd vocabulary', items: 29, inner: 37, columns: 12, stride: 12, out: 12 },
    { what: 'several workgroups', items: 130, inner: 28, columns: 92, stride: 96, out: 92 },
  ])('$what', ({ items, inner, columns, stride, out }) => {
    const x = normal(1, items * inner);
    const w = normal(2, columns * inner);
    const product = oracle.linear(double(x), double(w), inner);
    const factors = {
      shape: { uniform: new Uint32Array([inner, columns, stride, out, byRows]) },
      x: transposed(x, inner, transposedStride(items)),
      m: transposed(w, inner, stride),
      y: untouched((items + SPARE) * out),
    };
    const run = { dims: dimsOf(extent, items), work: { extent, ...blocked(columns) } };

    test('linear', async () => {
      const { y } = await runKernel(engine.gpu, linear, { ...run, bindings: factors });
      expectClose(columnsOf(y, items, out, columns), product);
      expectUntouched(y.subarray(items * out), 'y behind the batch');
    });

    test('linear-residual', async () => {
      const residual = normal(3, items * out);
      const { y } = await runKernel(engine.gpu, linearResidual, {
        ...run,
        bindings: { ...factors, residual: poisoned(residual, SPARE * out) },
      });
      const expected = sum(double(columnsOf(residual, items, out, columns)), product);
      expectClose(columnsOf(y, items, out, columns), expected);
      expectUntouched(y.subarray(items * out), 'y behind the batch');
    });
  });

  describe.each([
    { items: 5, hidden: 8, inner: 44 },
    { items: 67, hidden: 36, inner: 4 },
    { items: 75, hidden: 20, inner: 28 },
  ])('$items items, hidden size $hidden, intermediate size $inner', ({ items, hidden, inner }) => {
    const run = { dims: dimsOf(extent, items) };

    test('linear-swiglu', async () => {
      const x = normal(1, items * hidden);
      const w = normal(2, 2 * inner * hidden, 0.5);
      const { y, gateUp } = await runKernel(engine.gpu, linearSwiglu, {
        ...run,
        work: { extent, ...blocked(2 * inner) },
        bindings: {
          shape: { uniform: new Uint32Array([hidden, 2 * inner, 2 * inner, inner, byRows]) },
          x: transposed(x, hidden, transposedStride(items)),
          m: transposed(w, hidden, 2 * inner),
          y: untouched((items + SPARE) * inner),
          gateUp: untouched((items + SPARE) * 2 * inner),
        },
      });
      const expanded = oracle.linear(double(x), double(w), hidden);
      const gate = block(expanded, 2 * inner, 0, inner);
      const up = block(expanded, 2 * inner, inner, 2 * inner);
      expectFilled(gateUp, expanded, 'gate and up');
      expectFilled(y, oracle.swiglu(gate, up), 'their product');
    });

    test('linear-swiglu-backward', async () => {
      const dy = normal(1, items * hidden);
      const w = normal(2, hidden * inner);
      const gateUp = normal(3, items * 2 * inner, 2);
      const { dGateUp } = await runKernel(engine.gpu, linearSwigluBackward, {
        ...run,
        work: { extent, ...blocked(inner) },
        bindings: {
          shape: { uniform: new Uint32Array([hidden, inner, inner, inner, byRows]) },
          x: transposed(dy, hidden, transposedStride(items)),
          m: w,
          dGateUp: untouched((items + SPARE) * 2 * inner),
          gateUp: poisoned(gateUp, SPARE * 2 * inner),
        },
      });
      const gate = block(double(gateUp), 2 * inner, 0, inner);
      const up = block(double(gateUp), 2 * inner, inner, 2 * inner);
      const ignored = new Float64Array(w.length);
      const dActivated = oracle.linearBackward(double(dy), oracle.swiglu(gate, up), double(w), ignored, inner);
      const expected = oracle.swigluBackward(dActivated, gate, up);
      expectClose(columnsOf(dGateUp, items, 2 * inner, inner), expected.dGate, 'gate');
      expectClose(columnsOf(dGateUp.subarray(inner), items, 2 * inner, inner), expected.dUp, 'up');
      expectUntouched(dGateUp.subarray(items * 2 * inner), 'dGateUp behind the batch');
    });
  });
});

describe('transpose', () => {
  // A fixed number of 1 would mean the predicted places; no matrix of the engine has a single row.
  test.each(
    (['tokens', 'rows', 'a fixed number'] as const).flatMap((by) =>
      (by === 'a fixed number' ? [3, 5, 8, 13, 67] : [1, 3, 5, 8, 13, 67]).flatMap((items) =>
        [4, 36].map((columns) => [by, items, columns] as const),
      ),
    ),
  )('by %s: [%d, %d]', async (by, items, columns) => {
    const x = normal(1, items * columns);
    const fixed = by === 'a fixed number';
    const stride = transposedStride(items);
    const { y } = await runKernel(engine.gpu, transpose, {
      dims: dimsOf(by === 'rows' ? 'rows' : 'tokens', fixed ? items + 5 : items),
      work: fixed ? { invocations: (Math.ceil(items / 4) * columns) / 4 } : { extent: by, per: 4, units: columns / 4 },
      bindings: {
        shape: { uniform: new Uint32Array([columns, fixed ? items : by === 'rows' ? 1 : 0]) },
        x: poisoned(x, SPARE * columns),
        y: untouched((columns + SPARE) * stride),
      },
    });
    expect(columnsOf(y, columns, stride, items)).toEqual(
      columnsOf(transposed(x, columns, stride), columns, stride, items),
    );
    expectUntouched(y.subarray(columns * stride), 'y behind the matrix');
  });
});
