import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kernel } from '../../src/gpu/kernel';
import normGradientSource from '../../src/gpu/kernels/norm-gradient.wgsl?raw';
import rmsBackwardSource from '../../src/gpu/kernels/rms-backward.wgsl?raw';
import rmsSource from '../../src/gpu/kernels/rms.wgsl?raw';
import { openEngine, type Engine } from '../oracle/engine';
import { linearBackward, rmsNormBackward } from '../oracle/operations';
import { EPSILON, floatBits, normedItems } from './normed';
import { runKernel } from './run-kernel';
import {
  byFeature,
  dimsOf,
  double,
  expectByFeature,
  expectClose,
  expectFilled,
  expectPaddingUntouched,
  expectUntouched,
  extended,
  normal,
  poisoned,
  SPARE,
  UNTOUCHED,
  untouched,
  untouchedByFeature,
} from './values';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

const rms = kernel('rms', rmsSource);
const rmsBackward = kernel('rms-backward', rmsBackwardSource);
const items = 77;

describe.each([4, 20, 36])('width %d', (width) => {
  const { x, weight, inverse } = normedItems(items, width);
  const dy = normal(3, items * width);
  const ignored = new Float64Array(width);
  const through = rmsNormBackward(double(dy), double(x), double(weight), ignored, EPSILON);

  test.each(['tokens', 'rows'] as const)('rms by %s', async (extent) => {
    const result = await runKernel(engine.gpu, rms, {
      dims: dimsOf(extent, items),
      work: { extent, units: 1 },
      bindings: {
        shape: { uniform: new Uint32Array([width, extent === 'rows' ? 1 : 0, floatBits(EPSILON)]) },
        x: byFeature(x, width),
        inverse: untouched(items + SPARE),
      },
    });
    expectFilled(result.inverse, double(inverse), '1 / rms');
  });

  test('rms-backward adds to the gradient of the stream', async () => {
    const before = normal(4, items * width);
    const { dx, dxByToken } = await runKernel(engine.gpu, rmsBackward, {
      dims: dimsOf('tokens', items),
      work: { extent: 'tokens', units: 1 },
      bindings: {
        shape: { uniform: new Uint32Array([width, 0]) },
        x: poisoned(x, SPARE * width),
        weight,
        dy: byFeature(dy, width),
        inverse: poisoned(inverse, SPARE),
        // Rows are not these items'.
        tokenRow: extended([], items + SPARE, [0, 3]),
        dx: byFeature(before, width, UNTOUCHED),
        dxByToken: untouched((items + SPARE) * width),
      },
    });
    const expected = through.map((value, i) => value + before[i]);
    expectByFeature(dx, expected, items, 'dx');
    expectPaddingUntouched(dx, items, width, 'dx');
    expectFilled(dxByToken, expected, 'dx by token');
  });

  test('rms-backward begins the stream at predicted places, with zeros between', async () => {
    // Rows in the order of their tokens, about two of three.
    const tokens = 121;
    const tokenRow: number[] = [];
    let rows = 0;
    for (let t = 0; t < tokens; t++) tokenRow.push(rows < items && t % 3 !== 1 ? ++rows : 0);
    expect(rows).toBe(items);
    const { dx, dxByToken } = await runKernel(engine.gpu, rmsBackward, {
      dims: { tokens, rows, sequences: 3, chunks: 1 },
      work: { extent: 'tokens', units: 1 },
      bindings: {
        shape: { uniform: new Uint32Array([width, 1]) },
        x: poisoned(x, SPARE * width),
        weight,
        dy: byFeature(dy, width),
        inverse: poisoned(inverse, SPARE),
        tokenRow: extended(tokenRow, SPARE, [1]),
        dx: untouchedByFeature(tokens, width),
        dxByToken: untouched((tokens + SPARE) * width),
      },
    });
    const expected = new Float64Array(tokens * width);
    tokenRow.forEach((row, t) => {
      if (row > 0) expected.set(through.subarray((row - 1) * width, row * width), t * width);
    });
    expectByFeature(dx, expected, tokens, 'dx');
    expectPaddingUntouched(dx, tokens, width, 'dx');
    expectFilled(dxByToken, expected, 'dx by token');
    tokenRow.forEach((row, t) => {
      if (row === 0) expect(dxByToken.subarray(t * width, (t + 1) * width)).toEqual(new Float32Array(width));
    });
  });
});

test('rms goes on in y where there are more workgroups than fit in x', async () => {
  const many = 64 * 32768 + 112;
  const { inverse } = await runKernel(engine.gpu, rms, {
    dims: { tokens: many, rows: 1, sequences: 1, chunks: 1 },
    work: { extent: 'tokens', units: 1 },
    bindings: {
      shape: { uniform: new Uint32Array([1, 0, floatBits(0)]) },
      x: Float32Array.from({ length: many }, (_, i) => 1 + (i % 1000)),
      inverse: untouched(many + SPARE),
    },
  });
  expect(inverse.findIndex((value, i) => i < many && Math.abs(value * (1 + (i % 1000)) - 1) > 1e-5)).toBe(-1);
  expectUntouched(inverse.subarray(many), '1 / rms behind the batch');
});

test('norm-gradient parts what a normed product left into the matrix’s gradient and the norm’s', async () => {
  // Two matrices of one flat buffer, the wider one over several workgroups; all else is other tensors'.
  const wide = { norm: 64, matrix: 384, outputs: 5, inputs: 264 };
  const narrow = { norm: 2944, matrix: 2048, outputs: 37, inputs: 20 };
  const size = 3072;
  const parameters = poisoned([], size);
  const gradient = untouched(size);
  const expected = [wide, narrow].map(({ norm, matrix, outputs, inputs }, seed) => {
    const { x, weight, inverse, normed } = normedItems(items, inputs);
    const w = normal(20 + seed, outputs * inputs);
    const d = double(normal(30 + seed, items * outputs));
    parameters.set(w, matrix);
    parameters.set(weight, norm);
    // What the product leaves: Σ d · x / rms. It leaves nothing for the norm itself.
    const left = new Float64Array(w.length);
    const scaled = d.map((value, i) => value * inverse[Math.floor(i / outputs)]);
    linearBackward(scaled, double(x), double(w), left, inputs);
    gradient.set(left, matrix);
    gradient.fill(NaN, norm, norm + inputs);
    const dMatrix = new Float64Array(w.length);
    const dWeight = new Float64Array(inputs);
    const dNormed = linearBackward(d, normed, double(w), dMatrix, inputs);
    rmsNormBackward(dNormed, double(x), double(weight), dWeight, EPSILON);
    return { norm, matrix, dWeight, dMatrix };
  });
  const places = [wide, narrow].flatMap(({ norm, matrix, outputs, inputs }) => [matrix / 4, norm / 4, outputs, inputs]);
  const result = await runKernel(engine.gpu, kernel('norm-gradient', normGradientSource), {
    work: { grid: [wide.inputs / 4, 2] },
    bindings: { matrices: new Uint32Array(places), parameters, gradient },
  });
  const rest = result.gradient.slice();
  for (const { norm, matrix, dWeight, dMatrix } of expected) {
    expectClose(result.gradient.subarray(matrix, matrix + dMatrix.length), dMatrix, 'matrix');
    expectClose(result.gradient.subarray(norm, norm + dWeight.length), dWeight, 'norm');
    rest.fill(UNTOUCHED, matrix, matrix + dMatrix.length).fill(UNTOUCHED, norm, norm + dWeight.length);
  }
  expectUntouched(rest, 'other gradients');
});
