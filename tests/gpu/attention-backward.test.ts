import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  attentionBackwardKeys,
  attentionBackwardQueries,
  backwardAtOnce,
} from '../../src/gpu/kernels/attention-backward';
import { openEngine, type Engine } from '../oracle/engine';
import * as oracle from '../oracle/operations';
import { runKernel } from './run-kernel';
import { count, filledSlots, operands, packed, records, rotation, shapes, theta } from './sequences';
import {
  byItem,
  columnsOf,
  dimsOf,
  double,
  expectClose,
  expectPaddingUntouched,
  expectUntouched,
  normal,
  paddedItems,
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

describe.each(shapes)('$heads heads, $kvHeads of keys, of $headDim', (shape) => {
  const { heads, kvHeads, headDim } = shape;
  const kv = kvHeads * headDim;
  const hidden = heads * headDim;
  const width = hidden + 2 * kv;
  const tokens = count(packed);
  const items = tokens * heads;
  const q = normal(1, tokens * hidden, 1.5);
  const dout = normal(2, tokens * hidden);
  const inverse = normal(3, tokens).map((value) => 0.5 + Math.abs(value));

  const sequences = operands(shape, packed, q).map((one) => {
    const dy = double(dout.subarray(one.from * hidden, one.to * hidden));
    const out = oracle.attention(one.q, one.k, one.v, shape);
    const { dq, dk, dv } = oracle.attentionBackward(dy, one.q, one.k, one.v, shape);
    const back = (d: Float64Array, of: number) => oracle.rotate(d, of, headDim, theta, -1);
    const places = Array.from({ length: one.tokens * heads }, (_, i) => i);
    const logSumExps = places.map((i) =>
      oracle.logSumExp(oracle.attentionScores(one.q, one.k, shape, Math.floor(i / heads), i % heads)),
    );
    const delta = places.map((i) =>
      out.subarray(i * headDim, (i + 1) * headDim).reduce((sum, x, d) => sum + x * dy[i * headDim + d], 0),
    );
    return { dq: back(dq, heads), dk: back(dk, kvHeads), dv, logSumExps, delta };
  });
  const whole = (name: keyof (typeof sequences)[number]) => double(sequences.flatMap((one) => [...one[name]]));

  /** What the forward pass saved, and in the second place what the gradient of the queries adds. */
  const saved = (delta: ArrayLike<number>, background: number) => {
    const all = new Float32Array((tokens + SPARE) * 4 * heads).fill(background);
    whole('logSumExps').forEach((x, i) => {
      all.set([x, delta[i] ?? background, inverse[Math.floor(i / heads)]], 4 * i);
    });
    return all;
  };
  const run = (several: number, units: number, savedBefore: Float32Array<ArrayBuffer>) => ({
    dims: dimsOf('tokens', tokens),
    work: { extent: 'tokens', per: several, units } as const,
    bindings: {
      tokens: records(packed),
      q: poisoned(q, SPARE * hidden),
      kv: filledSlots(shape, packed),
      dout: poisoned(dout, SPARE * hidden),
      rotation: rotation(shape),
      dqkv: untouchedByFeature(tokens, width),
      dqkvByToken: untouched((tokens + SPARE) * width),
      saved: savedBefore,
    },
  });

  interface Gradients {
    dqkv: Float32Array;
    dqkvByToken: Float32Array;
  }
  /** Columns from `first` are `expected`, by feature and, times 1 / rms of the token, by token. */
  function expectPart({ dqkv, dqkvByToken }: Gradients, first: number, expected: Float64Array, what: string) {
    const columns = expected.length / tokens;
    expectClose(byItem(dqkv.subarray(first * paddedItems(tokens)), tokens, columns), expected, `${what} by feature`);
    const scaled = expected.map((value, i) => value * inverse[Math.floor(i / columns)]);
    expectClose(columnsOf(dqkvByToken.subarray(first), tokens, width, columns), scaled, `${what} by token`);
  }
  /** Nothing stands in these columns, behind the batch or where it is padded. */
  function expectRestUntouched({ dqkv, dqkvByToken }: Gradients, first: number, columns: number) {
    const stride = paddedItems(tokens);
    expectUntouched(dqkv.subarray(first * stride, (first + columns) * stride), 'other columns by feature');
    expectUntouched(columnsOf(dqkvByToken.subarray(first), tokens, width, columns), 'other columns by token');
    expectPaddingUntouched(dqkv, tokens, width, 'dqkv');
    expectUntouched(dqkv.subarray(width * stride), 'dqkv behind the features');
    expectUntouched(dqkvByToken.subarray(tokens * width), 'dqkv behind the batch');
  }

  // Software adapters compile these for long, so only what is used is tried.
  const severals = [...new Set([1, backwardAtOnce(shape)])];
  test.each(severals)('queries, %d tokens at once', async (several) => {
    const before = saved([], UNTOUCHED);
    const result = await runKernel(engine.gpu, attentionBackwardQueries(shape, several), run(several, heads, before));
    expectPart(result, 0, whole('dq'), 'dq');
    expectRestUntouched(result, hidden, 2 * kv);
    expectClose(columnsOf(result.saved.subarray(1), items, 4, 1), whole('delta'), 'delta');
    const others = (x: Float32Array) => x.filter((_, i) => i % 4 !== 1 || i >= 4 * items);
    expect(others(result.saved)).toEqual(others(before));
  });

  test.each(severals)('keys and values, %d tokens at once', async (several) => {
    const before = saved(whole('delta'), NaN);
    const result = await runKernel(engine.gpu, attentionBackwardKeys(shape, several), run(several, kvHeads, before));
    expectPart(result, hidden, whole('dk'), 'dk');
    expectPart(result, hidden + kv, whole('dv'), 'dv');
    expectRestUntouched(result, 0, hidden);
  });
});
