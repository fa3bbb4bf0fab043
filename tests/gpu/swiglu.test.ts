import { afterAll, beforeAll, describe, test } from 'vitest';
import { linearSwiglu, linearSwigluBackward } from '../../src/gpu/kernels/swiglu';
import { openEngine, type Engine } from '../oracle/engine';
import * as oracle from '../oracle/operations';
import { blockings, large } from './blockings';
import { normedItems } from './normed';
import { forwardMatrix, runLinear } from './run-linear';
import {
  byFeature,
  double,
  expectByFeature,
  expectFilled,
  normal,
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

/** Columns `from` to `to` of a matrix [items, width]. */
const block = (x: Float64Array, width: number, from: number, to: number) =>
  x.filter((_, i) => i % width >= from && i % width < to);

/** [gate, up] of every item side by side. */
const beside = (gate: Float64Array, up: Float64Array, inner: number) =>
  Float64Array.from({ length: 2 * gate.length }, (_, i) => {
    const at = Math.floor(i / (2 * inner)) * inner + (i % inner);
    return i % (2 * inner) < inner ? gate[at] : up[at];
  });

describe.each(['tokens', 'rows'] as const)('by %s', (extent) => {
  describe.each([
    { items: 5, hidden: 8, inner: 44, spareColumns: 0 },
    { items: 67, hidden: 36, inner: 4, spareColumns: 4 },
    { items: 131, hidden: 31, inner: 140, spareColumns: 8 },
  ])('$items items, hidden size $hidden, intermediate size $inner', ({ items, hidden, inner, spareColumns }) => {
    test.for(blockings)('linear-swiglu, $name', async ({ blocking }, { skip }) => {
      skip(large(blocking) && engine.gpu.adapter.software);
      const size = { items, inner: hidden, outputs: 2 * inner, stride: 2 * inner + spareColumns, extent };
      const { x, inverse, normed, folded } = normedItems(items, hidden);
      const w = normal(2, 2 * inner * hidden, 0.5);
      const result = await runLinear(engine.gpu, linearSwiglu, blocking, size, x, forwardMatrix(folded(w), size), {
        inverse: poisoned(inverse, SPARE),
        gateUp: untouchedByFeature(items, 2 * inner),
        y: untouchedByFeature(items, inner),
        yByToken: untouched((items + SPARE) * inner),
      });
      const expanded = oracle.linear(normed, double(w), hidden);
      const [gate, up] = [0, inner].map((from) => block(expanded, 2 * inner, from, from + inner));
      expectByFeature(result.gateUp, expanded, items, 'gate and up');
      expectByFeature(result.y, oracle.swiglu(gate, up), items, 'y');
      expectFilled(result.yByToken, oracle.swiglu(gate, up), 'y by token');
    });

    test.for(blockings)('linear-swiglu-backward, $name', async ({ blocking }, { skip }) => {
      skip(large(blocking) && engine.gpu.adapter.software);
      const size = { items, inner: hidden, outputs: inner, stride: inner + spareColumns, extent };
      const dy = normal(1, items * hidden);
      // The down projection [hidden, inner] as it is, its rows set apart.
      const w = normal(2, hidden * inner);
      const wTransposed = Float32Array.from(w, (_, i) => w[(i % hidden) * inner + Math.floor(i / hidden)]);
      const gateUp = normal(3, items * 2 * inner, 2);
      const inverse = normal(4, items).map((value) => 0.5 + Math.abs(value));
      const matrix = forwardMatrix(wTransposed, size);
      const result = await runLinear(engine.gpu, linearSwigluBackward, blocking, size, dy, matrix, {
        gateUp: byFeature(gateUp, 2 * inner),
        inverse: poisoned(inverse, SPARE),
        dGateUp: untouchedByFeature(items, 2 * inner),
        dGateUpByToken: untouched((items + SPARE) * 2 * inner),
      });
      const [gate, up] = [0, inner].map((from) => block(double(gateUp), 2 * inner, from, from + inner));
      const ignored = new Float64Array(w.length);
      const dActivated = oracle.linearBackward(double(dy), oracle.swiglu(gate, up), double(w), ignored, inner);
      const { dGate, dUp } = oracle.swigluBackward(dActivated, gate, up);
      const expected = beside(dGate, dUp, inner);
      expectByFeature(result.dGateUp, expected, items, 'gradient of gate and up');
      const scaled = expected.map((value, i) => value * inverse[Math.floor(i / (2 * inner))]);
      expectFilled(result.dGateUpByToken, scaled, 'gradient by token');
    });
  });
});
