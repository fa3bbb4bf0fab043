import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attention, queriesAtOnce } from '../../src/gpu/kernels/attention';
import { openEngine, type Engine } from '../oracle/engine';
import * as oracle from '../oracle/operations';
import { runKernel } from './run-kernel';
import { batches, count, filledSlots, operands, records, shapes } from './sequences';
import {
  columnsOf,
  dimsOf,
  double,
  expectByFeature,
  expectClose,
  expectFilled,
  expectPaddingUntouched,
  expectUntouched,
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

describe.each(shapes)('$heads heads, $kvHeads of keys, of $headDim', (shape) => {
  const { heads, headDim } = shape;
  const hidden = heads * headDim;

  describe.each(Object.entries(batches))('%s', (_, sequences) => {
    const tokens = count(sequences);
    const inverse = normal(2, tokens).map((value) => 0.5 + Math.abs(value));

    // Scores of a hundred and more too: their exponentials would overflow without the running maximum.
    const cases = [1, queriesAtOnce(shape)].flatMap((several) => [1, 60].map((size) => ({ size, several })));
    test.each(cases)('attention to queries of size $size, $several tokens at once', async ({ size, several }) => {
      const q = normal(1, tokens * hidden, size);
      const { out, outByToken, saved } = await runKernel(engine.gpu, attention(shape, several), {
        dims: dimsOf('tokens', tokens),
        work: { extent: 'tokens', per: several, units: heads },
        bindings: {
          tokens: records(sequences),
          q: poisoned(q, SPARE * hidden),
          kv: filledSlots(shape, sequences),
          inverse: poisoned(inverse, SPARE),
          out: untouchedByFeature(tokens, hidden),
          outByToken: untouched((tokens + SPARE) * hidden),
          saved: untouched((tokens + SPARE) * 4 * heads),
        },
      });
      const parts = operands(shape, sequences, q);
      const expected = double(
        parts.flatMap(({ q, k, v, cached }) => [...oracle.attention(q, k, v, shape).subarray(cached * hidden)]),
      );
      expectByFeature(out, expected, tokens, 'out');
      expectPaddingUntouched(out, tokens, hidden, 'out');
      expectFilled(outByToken, expected, 'out by token');

      const items = tokens * heads;
      const logSumExps = parts.flatMap((one) =>
        Array.from({ length: one.tokens * heads }, (_, i) =>
          oracle.logSumExp(oracle.attentionScores(one.q, one.k, shape, one.cached + Math.floor(i / heads), i % heads)),
        ),
      );
      const part = (i: number) => columnsOf(saved.subarray(i), items, 4, 1);
      expectClose(part(0), logSumExps, 'log-sum-exp');
      expect(part(2)).toEqual(Float32Array.from({ length: items }, (_, i) => inverse[Math.floor(i / heads)]));
      expectUntouched(saved.subarray(4 * items), 'saved behind the batch');
    });
  });
});
