import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attention, attentionBackwardKeys, attentionBackwardQueries, rope } from '../../src/gpu/kernels/attention';
import type { LlamaConfig } from '../../src/lm/config';
import { rotationTable } from '../../src/lm/forward';
import { tinyConfigs } from '../oracle/configs';
import { openEngine, type Engine } from '../oracle/engine';
import * as oracle from '../oracle/operations';
import { runKernel } from './run-kernel';
import {
  columnsOf,
  double,
  expectClose,
  expectFilled,
  expectUntouched,
  extended,
  normal,
  poisoned,
  SPARE,
  untouched,
} from './values';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

const shapes: oracle.AttentionShape[] = [
  { heads: 4, kvHeads: 2, headDim: 8 },
  { heads: 3, kvHeads: 1, headDim: 16 },
  { heads: 2, kvHeads: 2, headDim: 24 },
];
const theta = 500;
const room = 40;
const rotation = ({ headDim }: oracle.AttentionShape) => {
  const tiny: LlamaConfig = tinyConfigs['tied, grouped-query'];
  return rotationTable({ ...tiny, head_dim: headDim, rope_theta: theta, max_position_embeddings: room });
};

/** One sequence: its new tokens, the places of the cache that it continues from, and its first slot. */
interface Sequence {
  tokens: number;
  cached: number;
  base: number;
}

/** Packed sequences of many lengths, as in training. */
const lengths = [9, 2, 30, 1, 17];
const packed: Sequence[] = lengths.map((tokens, s) => {
  const base = lengths.slice(0, s).reduce((a, b) => a + b, 0);
  return { tokens, cached: 0, base };
});
/** Sequences that continue in a cache, each in a room of its own, not in order. */
const continued: Sequence[] = [
  { tokens: 7, cached: 5, base: 2 * room },
  { tokens: 12, cached: 0, base: 0 },
  { tokens: 1, cached: 38, base: room },
];
const batches = { 'packed sequences': packed, 'sequences continued in a cache': continued };

const count = (sequences: readonly Sequence[]) => sequences.reduce((sum, { tokens }) => sum + tokens, 0);
const dimsOf = (sequences: readonly Sequence[]) => ({
  tokens: count(sequences),
  rows: 3,
  sequences: sequences.length,
  chunks: 1,
});
const slotsOf = (sequences: readonly Sequence[]) =>
  SPARE + Math.max(...sequences.map(({ base, cached, tokens }) => base + cached + tokens));

/** id, position, base and end of each token; behind them a valid record again and again. */
function records(sequences: readonly Sequence[]): Uint32Array<ArrayBuffer> {
  let end = 0;
  const words = sequences.flatMap(({ tokens, cached, base }) => {
    end += tokens;
    return Array.from({ length: tokens }, (_, i) => [1, cached + i, base, end]).flat();
  });
  return extended(words, 4 * SPARE, [1, 0, sequences[0].base, end]);
}

/** Rows of each sequence's new tokens, with its number. */
function* rowsOf(sequences: readonly Sequence[]) {
  let from = 0;
  for (const [s, sequence] of sequences.entries()) {
    yield { ...sequence, s, from, to: from + sequence.tokens };
    from += sequence.tokens;
  }
}

/** Keys or values of one sequence, cached ones and new, [position, kvHeads · headDim]. */
const keysOf = ({ kvHeads, headDim }: oracle.AttentionShape, seed: number, { tokens, cached }: Sequence) =>
  normal(seed, (cached + tokens) * kvHeads * headDim);

describe.each(shapes)('$heads heads, $kvHeads of keys, of $headDim', (shape) => {
  const { heads, kvHeads, headDim } = shape;
  const kv = kvHeads * headDim;
  const hidden = heads * headDim;
  const perHead = (units: number) => ({ extent: 'tokens', units }) as const;

  test.each(Object.entries(batches))('rope: %s', async (_, sequences) => {
    const tokens = count(sequences);
    const width = hidden + 2 * kv;
    const qkv = normal(1, tokens * width);
    const result = await runKernel(engine.gpu, rope(shape), {
      dims: dimsOf(sequences),
      work: perHead(heads + 2 * kvHeads),
      bindings: {
        tokens: records(sequences),
        qkv: poisoned(qkv, SPARE * width),
        rotation: rotation(shape),
        q: untouched((tokens + SPARE) * hidden),
        kv: untouched(slotsOf(sequences) * 2 * kv),
      },
    });
    const written = new Set<number>();
    for (const { s, from, to, cached, base } of rowsOf(sequences)) {
      /** These columns of the sequence's new tokens. */
      const part = (first: number, columns: number) =>
        columnsOf(qkv.subarray(from * width + first), to - from, width, columns);
      const turned = (x: Float32Array, of: number) => {
        const behindCached = Float64Array.from([...new Float64Array(cached * of * headDim), ...x]);
        return oracle.rotate(behindCached, of, headDim, theta, 1).subarray(cached * of * headDim);
      };
      expectClose(result.q.subarray(from * hidden, to * hidden), turned(part(0, hidden), heads), `queries of ${s}`);
      const slots = result.kv.subarray((base + cached) * 2 * kv);
      expectClose(columnsOf(slots, to - from, 2 * kv, kv), turned(part(hidden, kv), kvHeads), `keys of ${s}`);
      const values = columnsOf(slots.subarray(kv), to - from, 2 * kv, kv);
      expect(values, `values of ${s}`).toEqual(part(hidden + kv, kv));
      for (let i = 0; i < to - from; i++) written.add(base + cached + i);
    }
    expectUntouched(result.q.subarray(tokens * hidden), 'queries behind the batch');
    expectUntouched(
      result.kv.filter((_, i) => !written.has(Math.floor(i / (2 * kv)))),
      'other slots',
    );
  });

  /** Slots filled with the sequences' keys and values; NaN in all others. */
  function slots(sequences: readonly Sequence[]): Float32Array<ArrayBuffer> {
    const all = poisoned([], slotsOf(sequences) * 2 * kv);
    sequences.forEach((sequence, s) => {
      const [k, v] = [keysOf(shape, 20 + s, sequence), keysOf(shape, 40 + s, sequence)];
      for (let position = 0; position < sequence.cached + sequence.tokens; position++) {
        const at = (sequence.base + position) * 2 * kv;
        all.set(k.subarray(position * kv, (position + 1) * kv), at);
        all.set(v.subarray(position * kv, (position + 1) * kv), at + kv);
      }
    });
    return all;
  }

  /** Each sequence's queries, keys and values in double precision; cached tokens' queries are zero. */
  const operands = (sequences: readonly Sequence[], q: Float32Array) =>
    [...rowsOf(sequences)].map((sequence) => ({
      ...sequence,
      q: Float64Array.from([
        ...new Float64Array(sequence.cached * hidden),
        ...q.subarray(sequence.from * hidden, sequence.to * hidden),
      ]),
      k: double(keysOf(shape, 20 + sequence.s, sequence)),
      v: double(keysOf(shape, 40 + sequence.s, sequence)),
    }));

  const logSumExps = (sequences: readonly Sequence[], q: Float32Array) =>
    operands(sequences, q).flatMap((one) =>
      Array.from({ length: one.tokens * heads }, (_, i) =>
        oracle.logSumExp(oracle.attentionScores(one.q, one.k, shape, one.cached + Math.floor(i / heads), i % heads)),
      ),
    );

  describe.each(Object.entries(batches))('%s', (_, sequences) => {
    const tokens = count(sequences);
    // Scores of a hundred and more too: their exponentials would overflow without the running maximum.
    test.each([1, 60])('attention to queries of size %d', async (size) => {
      const q = normal(1, tokens * hidden, size);
      const { out, saved } = await runKernel(engine.gpu, attention(shape), {
        dims: dimsOf(sequences),
        work: perHead(heads),
        bindings: {
          tokens: records(sequences),
          q: poisoned(q, SPARE * hidden),
          kv: slots(sequences),
          out: untouched((tokens + SPARE) * hidden),
          saved: untouched((tokens + SPARE) * 2 * heads),
        },
      });
      const expected = operands(sequences, q).flatMap(({ q, k, v, cached }) => [
        ...oracle.attention(q, k, v, shape).subarray(cached * hidden),
      ]);
      expectFilled(out, double(expected), 'out');
      const items = tokens * heads;
      expectClose(columnsOf(saved, items, 2, 1), logSumExps(sequences, q), 'log-sum-exp');
      expectUntouched(columnsOf(saved.subarray(1), items, 2, 1), 'the other half of saved');
      expectUntouched(saved.subarray(2 * items), 'saved behind the batch');
    });
  });

  describe('backward, packed sequences', () => {
    const tokens = count(packed);
    const width = hidden + 2 * kv;
    const q = normal(1, tokens * hidden, 1.5);
    const dout = normal(2, tokens * hidden);
    const sequences = operands(packed, q).map((one) => {
      const dy = double(dout.subarray(one.from * hidden, one.to * hidden));
      const out = oracle.attention(one.q, one.k, one.v, shape);
      const { dq, dk, dv } = oracle.attentionBackward(dy, one.q, one.k, one.v, shape);
      const back = (d: Float64Array, of: number) => oracle.rotate(d, of, headDim, theta, -1);
      const delta = Array.from({ length: one.tokens * heads }, (_, i) =>
        out.subarray(i * headDim, (i + 1) * headDim).reduce((sum, x, d) => sum + x * dy[i * headDim + d], 0),
      );
      return { dq: back(dq, heads), dk: back(dk, kvHeads), dv, delta };
    });
    const whole = (name: 'dq' | 'dk' | 'dv' | 'delta') => double(sequences.flatMap((one) => [...one[name]]));
    const columns = (dqkv: Float32Array, first: number, of: number) =>
      columnsOf(dqkv.subarray(first), tokens, width, of);
    const bindings = {
      tokens: records(packed),
      q: poisoned(q, SPARE * hidden),
      kv: slots(packed),
      dout: poisoned(dout, SPARE * hidden),
      rotation: rotation(shape),
      dqkv: untouched((tokens + SPARE) * width),
    };
    const run = { dims: dimsOf(packed) };

    test('queries', async () => {
      const saved = untouched((tokens + SPARE) * 2 * heads);
      logSumExps(packed, q).forEach((x, i) => (saved[2 * i] = x));
      const result = await runKernel(engine.gpu, attentionBackwardQueries(shape), {
        ...run,
        work: perHead(heads),
        bindings: { ...bindings, saved },
      });
      expectClose(columns(result.dqkv, 0, hidden), whole('dq'), 'dq');
      expectClose(columnsOf(result.saved.subarray(1), tokens * heads, 2, 1), whole('delta'), 'delta');
      expectUntouched(columns(result.dqkv, hidden, 2 * kv), 'keys and values');
      expectUntouched(result.dqkv.subarray(tokens * width), 'dqkv behind the batch');
      expectUntouched(result.saved.subarray(2 * tokens * heads), 'saved behind the batch');
    });

    test('keys and values', async () => {
      const delta = whole('delta');
      const saved = logSumExps(packed, q).flatMap((x, i) => [x, delta[i]]);
      const { dqkv } = await runKernel(engine.gpu, attentionBackwardKeys(shape), {
        ...run,
        work: perHead(kvHeads),
        bindings: { ...bindings, saved: poisoned(saved, SPARE * 2 * heads) },
      });
      expectClose(columns(dqkv, hidden, kv), whole('dk'), 'dk');
      expectClose(columns(dqkv, hidden + kv, kv), whole('dv'), 'dv');
      expectUntouched(columns(dqkv, 0, hidden), 'queries');
      expectUntouched(dqkv.subarray(tokens * width), 'dqkv behind the batch');
    });
  });
});
