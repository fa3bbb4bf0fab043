import type { LlamaConfig } from '../../src/model/config';
import { rotationTable } from '../../src/lm/constants';
import { tinyConfigs } from '../oracle/configs';
import type { AttentionShape } from '../oracle/operations';
import { double, extended, normal, poisoned, SPARE } from './values';

export const shapes: AttentionShape[] = [
  { heads: 4, kvHeads: 2, headDim: 8 },
  { heads: 3, kvHeads: 1, headDim: 16 },
  { heads: 2, kvHeads: 2, headDim: 24 },
  { heads: 4, kvHeads: 2, headDim: 32 },
];

export const theta = 500;
const room = 40;
export const rotation = ({ headDim }: AttentionShape) => {
  const tiny: LlamaConfig = tinyConfigs['tied, grouped-query'];
  return rotationTable({ ...tiny, head_dim: headDim, rope_theta: theta, max_position_embeddings: room });
};

/** One sequence: its new tokens, the places of the cache that it continues from, and its first slot. */
export interface Sequence {
  tokens: number;
  cached: number;
  base: number;
}

/** Packed sequences of many lengths, as in training. */
const lengths = [9, 2, 30, 1, 17];
export const packed: Sequence[] = lengths.map((tokens, s) => {
  const base = lengths.slice(0, s).reduce((a, b) => a + b, 0);
  return { tokens, cached: 0, base };
});
/** Sequences that continue in a cache, each in a room of its own, not in order. */
const continued: Sequence[] = [
  { tokens: 7, cached: 5, base: 2 * room },
  { tokens: 12, cached: 0, base: 0 },
  { tokens: 1, cached: 38, base: room },
];
export const batches = { 'packed sequences': packed, 'sequences continued in a cache': continued };

export const count = (sequences: readonly Sequence[]) => sequences.reduce((sum, { tokens }) => sum + tokens, 0);

/** Slots that hold all sequences, and others behind them. */
export const slotsOf = (sequences: readonly Sequence[]) =>
  SPARE + Math.max(...sequences.map(({ base, cached, tokens }) => base + cached + tokens));

/** id, position, base and end of each token; behind them a valid record again and again. */
export function records(sequences: readonly Sequence[]): Uint32Array<ArrayBuffer> {
  let end = 0;
  const words = sequences.flatMap(({ tokens, cached, base }) => {
    end += tokens;
    return Array.from({ length: tokens }, (_, i) => [1, cached + i, base, end]).flat();
  });
  return extended(words, 4 * SPARE, [1, 0, sequences[0].base, end]);
}

/** Each sequence with its number and the range of its new tokens in the batch. */
export function* ranges(sequences: readonly Sequence[]) {
  let from = 0;
  for (const [s, sequence] of sequences.entries()) {
    yield { ...sequence, s, from, to: from + sequence.tokens };
    from += sequence.tokens;
  }
}

/** Keys or values of one sequence, cached ones and new, [position, kvHeads · headDim]. */
const keysOf = ({ kvHeads, headDim }: AttentionShape, seed: number, { tokens, cached }: Sequence) =>
  normal(seed, (cached + tokens) * kvHeads * headDim);

/** Slots filled with the sequences' keys and values; NaN in all others. */
export function filledSlots(shape: AttentionShape, sequences: readonly Sequence[]): Float32Array<ArrayBuffer> {
  const kv = shape.kvHeads * shape.headDim;
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
export function operands(shape: AttentionShape, sequences: readonly Sequence[], q: Float32Array) {
  const hidden = shape.heads * shape.headDim;
  return [...ranges(sequences)].map((sequence) => ({
    ...sequence,
    q: Float64Array.from([
      ...new Float64Array(sequence.cached * hidden),
      ...q.subarray(sequence.from * hidden, sequence.to * hidden),
    ]),
    k: double(keysOf(shape, 20 + sequence.s, sequence)),
    v: double(keysOf(shape, 40 + sequence.s, sequence)),
  }));
}
