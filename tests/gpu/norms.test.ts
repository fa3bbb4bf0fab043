import { afterAll, beforeAll, describe, test } from 'vitest';
import { kernel } from '../../src/gpu/kernel';
import rmsnormBackward from '../../src/gpu/kernels/rmsnorm-backward.wgsl?raw';
import rmsnorm from '../../src/gpu/kernels/rmsnorm.wgsl?raw';
import { openEngine, type Engine } from '../oracle/engine';
import { inverseRms, rmsNorm, rmsNormBackward } from '../oracle/operations';
import { runKernel } from './run-kernel';
import { double, expectFilled, normal, poisoned, SPARE, untouched } from './values';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

/** Large beside the squares of the smaller rows, so that leaving it out would show. */
const eps = 0.01;
const epsilonBits = new Uint32Array(new Float32Array([eps]).buffer)[0];

/** `items` is the number by the extent; the other is larger. */
const extents = [
  { extent: 'tokens', BY_ROWS: 0, dims: { tokens: 77, rows: 90, sequences: 4, chunks: 1 } },
  { extent: 'rows', BY_ROWS: 1, dims: { tokens: 90, rows: 77, sequences: 4, chunks: 1 } },
] as const;
const items = 77;

describe.each(extents)('by $extent', ({ extent, BY_ROWS, dims }) => {
  describe.each([4, 20])('width %d', (width) => {
    const WIDTH = width / 4;
    /** Rows of different sizes. */
    const x = normal(1, items * width).map((value, i) => value * (0.1 + (Math.floor(i / width) % 7) / 5));
    const weight = normal(2, width).map((value) => 1 + value / 2);
    const inverse = double(Array.from({ length: items }, (_, row) => inverseRms(double(x), row, width, eps)));
    const work = { extent, units: 1 };

    test('rmsnorm', async () => {
      const constants = { WIDTH, BY_ROWS, EPSILON_BITS: epsilonBits };
      const result = await runKernel(engine.gpu, kernel('rmsnorm', rmsnorm, constants), {
        dims,
        work,
        bindings: {
          x: poisoned(x, SPARE * width),
          weight,
          y: untouched((items + SPARE) * width),
          inverse: untouched(items + SPARE),
        },
      });
      expectFilled(result.y, rmsNorm(double(x), double(weight), eps), 'normed');
      expectFilled(result.inverse, inverse, '1 / rms');
    });

    test.each([
      { what: 'adds to what passes by', ACCUMULATE: 1 },
      { what: 'replaces what is there', ACCUMULATE: 0 },
    ])('rmsnorm-backward $what', async ({ ACCUMULATE }) => {
      const dy = normal(3, items * width);
      const before = normal(4, items * width);
      const dx = untouched((items + SPARE) * width);
      dx.set(before);
      const constants = { WIDTH, BY_ROWS, ACCUMULATE };
      const result = await runKernel(engine.gpu, kernel('rmsnorm-backward', rmsnormBackward, constants), {
        dims,
        work,
        bindings: {
          x: poisoned(x, SPARE * width),
          weight,
          dy: poisoned(dy, SPARE * width),
          inverse: poisoned(inverse, SPARE),
          dx,
        },
      });
      const ignored = new Float64Array(width);
      const through = rmsNormBackward(double(dy), double(x), double(weight), ignored, eps);
      expectFilled(
        result.dx,
        through.map((value, i) => value + ACCUMULATE * before[i]),
        'dx',
      );
    });
  });
});
