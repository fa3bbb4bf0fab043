/** Weight gradients are summed per slice of the batch's items, then over the slices. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kernel } from '../../src/gpu/kernel';
import accumulate from '../../src/gpu/kernels/accumulate.wgsl?raw';
import { weightGradient, weightUnits } from '../../src/gpu/kernels/weight-gradient';
import reduce from '../../src/gpu/kernels/reduce.wgsl?raw';
import { openEngine, type Engine } from '../oracle/engine';
import { linearBackward } from '../oracle/operations';
import { blockings } from './blockings';
import { runKernel } from './run-kernel';
import { double, expectClose, expectUntouched, normal, poisoned, spaced, SPARE, untouched } from './values';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

/** Items of a slice: neither a whole number of steps of a loop nor of a tile. */
const SLICE = 250;
const chunks = 3;
/** Place of the tensor in a flat buffer, other tensors before and behind it. */
const offset = 128;

/** 601 tokens are two slices and a part of one; 303 predicted places leave the third without any. */
const cases = [
  { by: 'tokens', byRows: 0, items: 601, dims: { tokens: 601, rows: 303, sequences: 5, chunks } },
  { by: 'rows', byRows: 1, items: 303, dims: { tokens: 601, rows: 303, sequences: 5, chunks } },
] as const;

describe.each(cases)('over $items $by', ({ byRows, items, dims }) => {
  describe.each([
    { outputs: 37, inputs: 36, stride: 40 },
    { outputs: 12, inputs: 140, stride: 16 },
    { outputs: 141, inputs: 68, stride: 144 },
    { outputs: 4, inputs: 4, stride: 4 },
  ])('weight-gradient [$outputs, $inputs]', ({ outputs, inputs, stride }) => {
    const tensor = outputs * inputs;
    const size = offset + Math.ceil(tensor / 64) * 64 + 64;
    const d = normal(1, items * outputs);
    const x = normal(2, items * inputs);
    const gradient = (from: number, to: number) => {
      const dw = new Float64Array(tensor);
      const part = (a: Float32Array, width: number) => double(a.subarray(from * width, to * width));
      linearBackward(part(d, outputs), part(x, inputs), new Float64Array(tensor), dw, inputs);
      return dw;
    };
    const slices = Array.from({ length: chunks }, (_, slice) => {
      const [from, to] = [slice * SLICE, (slice + 1) * SLICE].map((n) => Math.min(n, items));
      return gradient(from, to);
    });

    test.each(blockings)('$name', async ({ blocking }) => {
      const { partials } = await runKernel(engine.gpu, weightGradient(blocking), {
        dims,
        work: { extent: 'chunks', units: weightUnits(blocking, outputs, inputs) },
        bindings: {
          shape: { uniform: new Uint32Array([outputs, inputs, stride, byRows, offset, size, SLICE]) },
          x: poisoned(x, 400 * inputs),
          d: poisoned(spaced(d, outputs, stride), 400 * stride),
          partials: untouched((chunks + SPARE) * size),
        },
      });
      slices.forEach((expected, slice) => {
        const mine = partials.subarray(slice * size, (slice + 1) * size);
        expectClose(mine.subarray(offset, offset + tensor), expected, `slice ${slice}`);
        expectUntouched(mine.subarray(0, offset), `slice ${slice} before the tensor`);
        expectUntouched(mine.subarray(offset + tensor), `slice ${slice} behind the tensor`);
      });
      expectUntouched(partials.subarray(chunks * size), 'partials behind the slices');
    });
  });
});

test.each([1, 2, 7])('reduce adds %d slices in order, and none that an earlier batch left', async (slices) => {
  const size = 4 * 211;
  const partials = normal(1, slices * size);
  const { gradient } = await runKernel(engine.gpu, kernel('reduce', reduce), {
    dims: { tokens: 2, rows: 2, sequences: 1, chunks: slices },
    work: { invocations: size / 4 },
    bindings: { partials: poisoned(partials, 2 * size), gradient: untouched(size) },
  });
  const expected = new Float32Array(size);
  partials.forEach((x, i) => (expected[i % size] += x));
  expect(gradient).toEqual(expected);
});

test('accumulate adds one gradient to another', async () => {
  const size = 4 * 211;
  const [gradient, before] = [normal(1, size), normal(2, size)];
  const { total } = await runKernel(engine.gpu, kernel('accumulate', accumulate), {
    work: { invocations: size / 4 },
    bindings: { gradient, total: before },
  });
  expect(total).toEqual(before.map((x, i) => x + gradient[i]));
});
