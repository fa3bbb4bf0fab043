/** A variant of a product changes its time, not its result: all of them add in the same order. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { linear, linearByToken, linearNormed, linearResidual } from '../../src/gpu/kernels/linear';
import { plain, type Blocking } from '../../src/gpu/kernels/product';
import { linearRope } from '../../src/gpu/kernels/rope';
import { linearSwiglu, linearSwigluBackward } from '../../src/gpu/kernels/swiglu';
import { weightGradient, weightUnits } from '../../src/gpu/kernels/weight-gradient';
import { openEngine, type Engine } from '../oracle/engine';
import { blockings, large } from './blockings';
import { runKernel } from './run-kernel';
import { forwardMatrix, runLinear } from './run-linear';
import { batches, count, records, rotation, shapes, slotsOf } from './sequences';
import { byFeature, byItem, double, expectClose, normal, untouched, untouchedByFeature } from './values';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

const size = { items: 75, inner: 67, outputs: 136, stride: 140, extent: 'tokens' } as const;
const { items, inner, outputs } = size;
const matrix = forwardMatrix(normal(2, outputs * inner), size);
const inverse = normal(3, items).map((value) => 0.5 + Math.abs(value));
const both = (features: number) => ({
  y: untouchedByFeature(items, features),
  yByToken: untouched(items * features),
});

/** Every kind of product on items x [items, inner]: what it leaves of each item, [items, …]. */
const results: Record<string, (blocking: Blocking, x: Float32Array) => Promise<Float32Array[]>> = {
  async linear(blocking, x) {
    const y = untouchedByFeature(items, outputs);
    const result = await runLinear(engine.gpu, linear, blocking, size, x, matrix, { y });
    return [byItem(result.y, items, outputs)];
  },
  async 'linear-by-token'(blocking, x) {
    const y = untouched(items * outputs);
    return [(await runLinear(engine.gpu, linearByToken, blocking, size, x, matrix, { y })).y];
  },
  async 'linear-normed'(blocking, x) {
    const y = untouchedByFeature(items, outputs);
    const result = await runLinear(engine.gpu, linearNormed, blocking, size, x, matrix, { inverse, y });
    return [byItem(result.y, items, outputs)];
  },
  async 'linear-residual'(blocking, x) {
    const ofItem = (i: number) => x[Math.floor(i / outputs) * inner + ((i % outputs) % inner)];
    const residual = Float32Array.from({ length: items * outputs }, (_, i) => ofItem(i));
    const others = { residual: byFeature(residual, outputs), ...both(outputs) };
    const { y, yByToken } = await runLinear(engine.gpu, linearResidual, blocking, size, x, matrix, others);
    return [byItem(y, items, outputs), yByToken];
  },
  async 'linear-swiglu'(blocking, x) {
    const others = { inverse, gateUp: untouchedByFeature(items, outputs), ...both(outputs / 2) };
    const result = await runLinear(engine.gpu, linearSwiglu, blocking, size, x, matrix, others);
    return [byItem(result.gateUp, items, outputs), byItem(result.y, items, outputs / 2), result.yByToken];
  },
  async 'linear-swiglu-backward'(blocking, x) {
    const others = { gateUp: byFeature(normal(4, 2 * items * outputs), 2 * outputs), inverse, ...both(2 * outputs) };
    const { y, yByToken } = await runLinear(engine.gpu, linearSwigluBackward, blocking, size, x, matrix, others);
    return [byItem(y, items, 2 * outputs), yByToken];
  },
  async 'linear-rope'(blocking, x) {
    const [shape] = shapes;
    const sequences = batches['sequences continued in a cache'];
    const width = (shape.heads + 2 * shape.kvHeads) * shape.headDim;
    const { q, kv } = await runLinear(
      engine.gpu,
      () => linearRope(blocking, shape),
      blocking,
      { ...size, items: count(sequences), outputs: width },
      x.subarray(0, count(sequences) * inner),
      matrix,
      {
        inverse,
        tokens: records(sequences),
        rotation: rotation(shape),
        q: untouched(count(sequences) * shape.heads * shape.headDim),
        kv: untouched(slotsOf(sequences) * 2 * shape.kvHeads * shape.headDim),
      },
    );
    return [q, kv];
  },
  async 'weight-gradient'(blocking, x) {
    const [wide, slice, chunks] = [136, 29, 3];
    const { partials } = await runKernel(engine.gpu, weightGradient(blocking), {
      dims: { tokens: items, rows: 1, sequences: 1, chunks },
      work: { extent: 'chunks', units: weightUnits(blocking, inner, wide) },
      bindings: {
        shape: { uniform: new Uint32Array([inner, wide, inner + 1, 0, 0, inner * wide, slice]) },
        x: normal(5, items * wide),
        d: Float32Array.from({ length: items * (inner + 1) }, (_, i) => x[i % x.length]),
        partials: untouched(chunks * inner * wide),
      },
    });
    return [partials];
  },
};

const bits = (x: Float32Array) => new Uint32Array(x.buffer, x.byteOffset, x.length);
const different = (a: Float32Array, b: Float32Array) => {
  const [left, right] = [bits(a), bits(b)];
  return left.reduce((sum, word, i) => sum + Number(word !== right[i]), 0);
};
const x = normal(1, items * inner);
/** The items in the other order: every one has other neighbours and another place in its block. */
const reversed = (y: Float32Array) => {
  const width = y.length / items;
  return y.map((_, i) => y[(items - 1 - Math.floor(i / width)) * width + (i % width)]);
};

describe.each(Object.entries(results))('%s', (kind, run) => {
  const short = ['linear', 'linear-by-token', 'linear-normed', 'weight-gradient'].includes(kind);
  const tooLong = (blocking: Blocking) => !short && large(blocking) && engine.gpu.adapter.software;

  test.for(blockings.slice(1))('$name gives the bits of the plain variant', async ({ blocking }, { skip }) => {
    skip(tooLong(blocking));
    const [actual, expected] = [await run(blocking, x), await run(plain, x)];
    expected.forEach((whole, i) => {
      expectClose(actual[i], double(whole));
      expect(different(actual[i], whole), `numbers of result ${i} that differ`).toBe(0);
    });
  });

  // Rotations and slices depend on the place in the batch, as they should.
  test.runIf(kind === 'linear' || kind === 'linear-by-token' || kind === 'linear-residual')(
    'an item has the same result beside others',
    async () => {
      for (const { blocking, name } of blockings) {
        if (tooLong(blocking)) continue;
        const [forwards, backwards] = [await run(blocking, x), await run(blocking, reversed(x))];
        forwards.forEach((y, i) => expect(different(y, reversed(backwards[i])), name).toBe(0));
      }
    },
  );
});
