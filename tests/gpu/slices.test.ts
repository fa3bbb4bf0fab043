/** Weight gradients are summed per slice of 256 tokens, then over the slices. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kernel } from '../../src/gpu/kernel';
import reduce from '../../src/gpu/kernels/reduce.wgsl?raw';
import rmsnormWeightGradient from '../../src/gpu/kernels/rmsnorm-weight-gradient.wgsl?raw';
import { weightBlocks, weightGradient } from '../../src/gpu/kernels/matmul';
import { SLICE } from '../../src/lm/workspace';
import { openEngine, type Engine } from '../oracle/engine';
import { inverseRms, linearBackward, rmsNormBackward } from '../oracle/operations';
import { runKernel } from './run-kernel';
import { double, expectClose, expectUntouched, normal, poisoned, spaced, SPARE, untouched } from './values';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

const chunks = 3;
/** Place of the tensor in a flat buffer, other tensors before and behind it. */
const offset = 128;
const flat = (tensor: number) => offset + Math.ceil(tensor / 64) * 64 + 64;

/** 600 tokens are two slices and a part of one; 300 predicted places leave the third without any. */
const cases = [
  { by: 'tokens', byRows: 0, items: 600, dims: { tokens: 600, rows: 300, sequences: 5, chunks } },
  { by: 'rows', byRows: 1, items: 300, dims: { tokens: 600, rows: 300, sequences: 5, chunks } },
] as const;

/** Each slice's part of the partial gradients is its items' gradient, and nothing else was written. */
function expectPartials(
  partials: Float32Array,
  items: number,
  size: number,
  tensor: number,
  gradient: (from: number, to: number) => Float64Array,
) {
  for (let slice = 0; slice < chunks; slice++) {
    const mine = partials.subarray(slice * size, (slice + 1) * size);
    const [from, to] = [slice * SLICE, (slice + 1) * SLICE].map((n) => Math.min(n, items));
    expectClose(mine.subarray(offset, offset + tensor), gradient(from, to), `slice ${slice}`);
    expectUntouched(mine.subarray(0, offset), `slice ${slice} before the tensor`);
    expectUntouched(mine.subarray(offset + tensor), `slice ${slice} behind the tensor`);
  }
  expectUntouched(partials.subarray(chunks * size), 'partials behind the slices');
}

/** The slices' sum by the kernel, of the tensor alone. */
async function reduced(partials: Float32Array<ArrayBuffer>, size: number, tensor: number): Promise<Float32Array> {
  const { gradient } = await runKernel(engine.gpu, kernel('reduce', reduce, { SIZE: size }), {
    dims: cases[0].dims,
    work: { invocations: size / 4 },
    bindings: { partials, gradient: untouched(size) },
  });
  return gradient.subarray(offset, offset + tensor);
}

describe.each(cases)('over $items $by', ({ byRows, items, dims }) => {
  test.each([
    { outputs: 37, inputs: 36, stride: 40 },
    { outputs: 12, inputs: 44, stride: 12 },
    { outputs: 4, inputs: 4, stride: 4 },
  ])('weight-gradient [$outputs, $inputs]', async ({ outputs, inputs, stride }) => {
    const tensor = outputs * inputs;
    const size = flat(tensor);
    const d = normal(1, items * outputs);
    const x = normal(2, items * inputs);
    const { partials } = await runKernel(engine.gpu, weightGradient, {
      dims,
      work: { extent: 'chunks', units: weightBlocks(outputs, inputs) },
      bindings: {
        shape: { uniform: new Uint32Array([outputs, inputs, stride, byRows, offset, size, SLICE]) },
        d: poisoned(spaced(d, outputs, stride), 400 * stride),
        x: poisoned(x, 400 * inputs),
        partials: untouched((chunks + SPARE) * size),
      },
    });
    const gradient = (from: number, to: number) => {
      const dw = new Float64Array(tensor);
      const part = (a: Float32Array, width: number) => double(a.subarray(from * width, to * width));
      linearBackward(part(d, outputs), part(x, inputs), dw, dw, inputs);
      return dw;
    };
    expectPartials(partials, items, size, tensor, gradient);
    expectClose(await reduced(Float32Array.from(partials), size, tensor), gradient(0, items), 'all slices');
  });

  test.each([4, 36, 100])('rmsnorm-weight-gradient of width %d', async (width) => {
    const eps = 0.01;
    const size = flat(width);
    const x = normal(1, items * width);
    const dy = normal(2, items * width);
    const inverse = Array.from({ length: items }, (_, row) => inverseRms(double(x), row, width, eps));
    const constants = { WIDTH: width / 4, BY_ROWS: byRows };
    const { partials } = await runKernel(engine.gpu, kernel('norm-weight', rmsnormWeightGradient, constants), {
      dims,
      work: { extent: 'chunks', units: width / 4 },
      bindings: {
        shape: { uniform: new Uint32Array([offset, size, SLICE]) },
        x: poisoned(x, 400 * width),
        dy: poisoned(dy, 400 * width),
        inverse: poisoned(inverse, 400),
        partials: untouched((chunks + SPARE) * size),
      },
    });
    const gradient = (from: number, to: number) => {
      const dw = new Float64Array(width);
      const part = (a: Float32Array) => double(a.subarray(from * width, to * width));
      rmsNormBackward(part(dy), part(x), new Float64Array(width), dw, eps);
      return dw;
    };
    expectPartials(partials, items, size, width, gradient);
    expectClose(await reduced(Float32Array.from(partials), size, width), gradient(0, items), 'all slices');
  });
});

test.each([1, 2, 7])('reduce adds %d slices in order, and none that an earlier batch left', async (slices) => {
  const size = 64 * 13;
  const partials = normal(1, slices * size);
  const { gradient } = await runKernel(engine.gpu, kernel('reduce', reduce, { SIZE: size }), {
    dims: { tokens: 2, rows: 2, sequences: 1, chunks: slices },
    work: { invocations: size / 4 },
    bindings: { partials: poisoned(partials, 2 * size), gradient: untouched(size + 256) },
  });
  const expected = new Float32Array(size);
  partials.forEach((x, i) => (expected[i % size] += x));
  expect(gradient.subarray(0, size)).toEqual(expected);
  expectUntouched(gradient.subarray(size), 'gradient behind its size');
});
