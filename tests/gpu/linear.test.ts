import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { linear, linearByToken, linearNormed, linearResidual } from '../../src/gpu/kernels/linear';
import { linearWork } from '../../src/gpu/kernels/linear-kernel';
import { plain } from '../../src/gpu/kernels/product';
import { openEngine, type Engine } from '../oracle/engine';
import * as oracle from '../oracle/operations';
import { blockings, large } from './blockings';
import { normedItems } from './normed';
import { runKernel } from './run-kernel';
import { forwardMatrix, runLinear } from './run-linear';
import {
  byFeature,
  dimsOf,
  double,
  expectByFeature,
  expectFilled,
  expectUntouched,
  normal,
  paddedItems,
  poisoned,
  SPARE,
  untouched,
  untouchedByFeature,
} from './values';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

const add = (a: Float64Array, b: Float64Array) => a.map((x, i) => x + b[i]);

const sizes = [
  { what: 'less than a block', items: 1, inner: 4, outputs: 4, stride: 8 },
  { what: 'rows of the matrix that end within a block', items: 13, inner: 20, outputs: 36, stride: 36 },
  { what: 'an odd vocabulary', items: 67, inner: 36, outputs: 37, stride: 40 },
  { what: 'back from an odd vocabulary', items: 29, inner: 37, outputs: 12, stride: 12 },
  { what: 'several workgroups in both directions', items: 133, inner: 31, outputs: 268, stride: 272 },
];

describe.each(['tokens', 'rows'] as const)('by %s', (extent) => {
  describe.each(sizes)('$what', ({ what: _, ...rest }) => {
    const size = { ...rest, extent };
    const { items, inner, outputs } = size;
    const x = normal(1, items * inner);
    const w = normal(2, outputs * inner);
    const matrix = forwardMatrix(w, size);
    const product = oracle.linear(double(x), double(w), inner);

    test.each(blockings)('linear, $name', async ({ blocking }) => {
      const { y } = await runLinear(engine.gpu, linear, blocking, size, x, matrix, {
        y: untouchedByFeature(items, outputs),
      });
      expectByFeature(y, product, items, 'y');
    });

    test.each(blockings)('linear-normed, $name', async ({ blocking }) => {
      const { x, inverse, normed, folded } = normedItems(items, inner);
      const { y } = await runLinear(engine.gpu, linearNormed, blocking, size, x, forwardMatrix(folded(w), size), {
        inverse: poisoned(inverse, SPARE),
        y: untouchedByFeature(items, outputs),
      });
      expectByFeature(y, oracle.linear(normed, double(w), inner), items, 'y');
    });

    // Only the logits have a size that is not a multiple of four.
    describe.runIf(outputs % 4 === 0)('in whole vec4s', () => {
      test.each(blockings)('linear-by-token, $name', async ({ blocking }) => {
        const { y } = await runLinear(engine.gpu, linearByToken, blocking, size, x, matrix, {
          y: untouched((items + SPARE) * outputs),
        });
        expectFilled(y, product, 'y by token');
      });

      test.for(blockings)('linear-residual, $name', async ({ blocking }, { skip }) => {
        skip(large(blocking) && engine.gpu.adapter.software);
        const residual = normal(3, items * outputs);
        const { y, yByToken } = await runLinear(engine.gpu, linearResidual, blocking, size, x, matrix, {
          residual: byFeature(residual, outputs),
          y: untouchedByFeature(items, outputs),
          yByToken: untouched((items + SPARE) * outputs),
        });
        const expected = add(double(residual), product);
        expectByFeature(y, expected, items, 'y');
        expectFilled(yByToken, expected, 'y by token');
      });
    });
  });
});

test('a product goes on in y where there are more workgroups than fit in x', async () => {
  const items = 64 * 32768 + 100;
  const stride = paddedItems(items);
  const x = new Float32Array(stride).map((_, i) => i);
  const { y } = await runKernel(engine.gpu, linear(plain), {
    dims: dimsOf('tokens', items),
    work: linearWork(plain, 4, 'tokens'),
    bindings: {
      shape: { uniform: new Uint32Array([1, 4, 4, 0]) },
      x,
      matrix: new Float32Array([1, 2, 3, 4]),
      y: untouched(5 * stride),
    },
  });
  for (let o = 0; o < 4; o++) {
    const row = y.subarray(o * stride, o * stride + items);
    expect(row.findIndex((value, i) => value !== Math.fround((o + 1) * i))).toBe(-1);
  }
  expectUntouched(y.subarray(4 * stride), 'y behind the features');
});
