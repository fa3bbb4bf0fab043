import type { LlamaConfig } from '../../model/config';
import { rotationAngles } from '../../model/rope';
import type { Block } from './blocks';
import type { GraphBuilder } from './builder';

/** f32's least number: a row that may look nowhere stays free of NaN, unlike with −∞. */
export const LEAST = -3.4028234663852886e38;

/** Of a layer, [sequences, kv heads, length, head_dim]; keys are turned. */
export interface KeysAndValues {
  keys: string;
  values: string;
}

/** What all layers share: tables, and where packed tokens stand among sequences side by side. */
export interface AttentionTables {
  cos: string;
  sin: string;
  /** [length, past + length]: 0 where a token may look, else f32's least number. */
  mask: string;
  /** i64 [sequences, length]: past, past + 1, … */
  positions: string;
  /** f32 [sequences, 1, length, 1]: 1 at a token, 0 behind the last one. */
  real: string;
  /** [sequences, heads, length], and twice [sequences, kv heads, length]: among all projected heads of all tokens. */
  queries: string;
  keys: string;
  values: string;
  /** [sequences, heads, length]: among the query heads of all tokens. */
  attended: string;
  /** [tokens, heads] and [tokens, heads + 2·kv]: the other way round. */
  attendedBack: string;
  projectedBack: string;
}

/**
 * Adds the inputs that say where tokens stand (`PaddedBatch`), and what attention computes from them once. `past`: i64 [], how
 * many tokens stand before those of each sequence, none if left out.
 */
export function attentionTables(g: GraphBuilder, config: LlamaConfig, past?: string): AttentionTables {
  const { max_position_embeddings: most, head_dim, num_attention_heads: heads, num_key_value_heads: kv } = config;
  const packed = g.input('packed', 'i32', ['sequences', 'length']);
  const real = g.input('real', 'f32', ['sequences', 'length']);
  const sequence = g.input('sequence', 'i32', ['tokens']);
  const position = g.input('position', 'i32', ['tokens']);

  const angles = rotationAngles(config, most);
  const table = (value: (angle: number) => number) => g.floats([most, head_dim / 2], Float32Array.from(angles, value));
  const length = g.op('Squeeze', [g.op('Shape', [packed], { start: 1, end: 2 })]);
  const range = (from: string, to: string) => g.op('Range', [from, to, g.integers([1], [])]);
  const zero = g.integers([0], []);
  const end = past === undefined ? length : g.add(past, length);
  const along = range(past ?? zero, end);
  const open = g.op('LessOrEqual', [range(zero, end), g.op('Unsqueeze', [along, g.integers([1])])]);
  const all = heads + 2 * kv;
  const unsqueeze = (x: string, axis: number) => g.op('Unsqueeze', [x, g.integers([axis])]);
  const slots = unsqueeze(packed, 1);
  const among = (count: number, first: number, used: number) =>
    g.add(g.mul(slots, g.int32(count)), g.range32([1, used, 1], first));
  const back = (count: number) => {
    const head = g.add(unsqueeze(g.mul(sequence, g.int32(count)), 1), g.range32([1, count], 0));
    return g.add(g.mul(head, g.cast(length, 'i32')), unsqueeze(position, 1));
  };
  return {
    cos: table(Math.cos),
    sin: table(Math.sin),
    mask: g.op('Where', [open, g.scalar(0), g.scalar(LEAST)]),
    positions: g.op('Expand', [along, g.op('Shape', [packed])]),
    real: g.op('Unsqueeze', [real, g.integers([1, 3])]),
    queries: among(all, 0, heads),
    keys: among(all, heads, kv),
    values: among(all, heads + kv, kv),
    attended: among(heads, 0, heads),
    attendedBack: back(heads),
    projectedBack: back(all),
  };
}

/**
 * Causal attention of queries, keys and values [tokens, (heads + 2·kv) · head_dim] → [tokens, heads · head_dim], behind a `past`
 * where there is one. What it gives out of keys and values has the past with it.
 */
export function attention(
  g: GraphBuilder,
  qkv: string,
  { num_attention_heads: heads, num_key_value_heads: kv, head_dim }: LlamaConfig,
  at: AttentionTables,
  past?: KeysAndValues,
): Block & KeysAndValues {
  const scale = head_dim ** -0.5;
  const rotate = (x: string, sin: string) => g.op('RotaryEmbedding', [x, at.cos, sin, at.positions]);
  const headsOf = (tokens: string) => g.reshape(tokens, [-1, head_dim]);
  // Query heads that share a key head are rows of one product: no key is repeated.
  const grouped = (x: string) => (heads === kv ? x : g.reshape(x, [0, kv, -1, head_dim]));
  const apart = (x: string) => (heads === kv ? x : g.reshape(x, [0, heads, -1, head_dim]));
  const scoresGrouped = (x: string) => (heads === kv ? x : g.op('Reshape', [x, g.integers([0, kv, -1, 0])]));
  const scoresApart = (x: string) => (heads === kv ? x : g.op('Reshape', [x, g.integers([0, heads, -1, 0])]));

  const projected = headsOf(qkv);
  const q = grouped(rotate(g.gather(projected, at.queries), at.sin));
  const behind = (before: string | undefined, own: string) =>
    before === undefined ? own : g.op('Concat', [before, own], { axis: 2 });
  const k = behind(past?.keys, rotate(g.gather(projected, at.keys), at.sin));
  const v = behind(past?.values, g.gather(projected, at.values));
  const scores = scoresApart(g.products(q, k, { turnB: true, factor: scale }));
  const probabilities = g.op('Softmax', [g.add(scores, at.mask)], { axis: -1 });
  const attended = g.products(scoresGrouped(probabilities), v);
  const byToken = (x: string, places: string, count: number) =>
    g.reshape(g.gather(headsOf(x), places), [-1, count * head_dim]);
  return {
    ...{ keys: k, values: v },
    output: byToken(attended, at.attendedBack, heads),
    // With P the probabilities: dS = P · (dP − ⟨dO, O⟩).
    backward(gradient) {
      // A session folds it: a table that turns back.
      const minusSin = g.op('Neg', [at.sin]);
      const dAttended = g.mul(g.gather(headsOf(gradient), at.attended), at.real);
      const dGrouped = grouped(dAttended);
      const dv = g.products(scoresGrouped(probabilities), dGrouped, { turnA: true });
      const dProbabilities = scoresApart(g.products(dGrouped, v, { turnB: true }));
      const along = g.sumRows(g.mul(dAttended, apart(attended)));
      const dScores = scoresGrouped(g.mul(probabilities, g.sub(dProbabilities, along)));
      const dq = rotate(apart(g.products(dScores, k, { factor: scale })), minusSin);
      const dk = rotate(g.products(dScores, q, { turnA: true, factor: scale }), minusSin);
      return byToken(g.op('Concat', [dq, dk, dv], { axis: 1 }), at.projectedBack, heads + 2 * kv);
    },
  };
}
