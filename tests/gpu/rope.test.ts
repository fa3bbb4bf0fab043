import { afterAll, beforeAll, describe, test } from 'vitest';
import { linearRope } from '../../src/gpu/kernels/rope';
import { openEngine, type Engine } from '../oracle/engine';
import * as oracle from '../oracle/operations';
import { blockings, large } from './blockings';
import { normedItems } from './normed';
import { forwardMatrix, runLinear } from './run-linear';
import { batches, count, ranges, records, rotation, shapes, slotsOf, theta } from './sequences';
import { columnsOf, double, expectClose, expectUntouched, normal, poisoned, SPARE, untouched } from './values';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

describe.each(shapes)('linear-rope, $heads heads, $kvHeads of keys, of $headDim', (shape) => {
  const { heads, kvHeads, headDim } = shape;
  const kv = kvHeads * headDim;
  const hidden = heads * headDim;
  const width = hidden + 2 * kv;

  describe.each(Object.entries(batches))('%s', (_, sequences) => {
    const tokens = count(sequences);
    const inner = 27;
    const size = { items: tokens, inner, outputs: width, stride: width + 4, extent: 'tokens' } as const;
    const { x, inverse, normed, folded } = normedItems(tokens, inner);
    const w = normal(2, width * inner);
    const qkv = oracle.linear(normed, double(w), inner);

    // One variant for each shape, and all of them for the first.
    test.for(shape === shapes[0] ? blockings : blockings.slice(-1))('$name', async ({ blocking }, { skip }) => {
      skip(large(blocking) && engine.gpu.adapter.software);
      const kind = () => linearRope(blocking, shape);
      const result = await runLinear(engine.gpu, kind, blocking, size, x, forwardMatrix(folded(w), size), {
        inverse: poisoned(inverse, SPARE),
        tokens: records(sequences),
        rotation: rotation(shape),
        q: untouched((tokens + SPARE) * hidden),
        kv: untouched(slotsOf(sequences) * 2 * kv),
      });
      const written = new Set<number>();
      for (const { s, from, to, cached, base } of ranges(sequences)) {
        /** These columns of the sequence's new tokens, turned by their positions behind the cached ones. */
        const part = (first: number, columns: number) =>
          columnsOf(qkv.subarray(from * width + first), to - from, width, columns);
        const turned = (y: Float64Array, of: number) => {
          const behindCached = Float64Array.from([...new Float64Array(cached * of * headDim), ...y]);
          return oracle.rotate(behindCached, of, headDim, theta, 1).subarray(cached * of * headDim);
        };
        expectClose(result.q.subarray(from * hidden, to * hidden), turned(part(0, hidden), heads), `queries of ${s}`);
        const slots = result.kv.subarray((base + cached) * 2 * kv);
        expectClose(columnsOf(slots, to - from, 2 * kv, kv), turned(part(hidden, kv), kvHeads), `keys of ${s}`);
        const values = columnsOf(slots.subarray(kv), to - from, 2 * kv, kv);
        expectClose(values, part(hidden + kv, kv), `values of ${s}`);
        for (let i = 0; i < to - from; i++) written.add(base + cached + i);
      }
      expectUntouched(result.q.subarray(tokens * hidden), 'queries behind the batch');
      expectUntouched(
        result.kv.filter((_, i) => !written.has(Math.floor(i / (2 * kv)))),
        'other slots',
      );
    });
  });
});
