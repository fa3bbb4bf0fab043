import type { LlamaConfig } from '../../model/config';
import type { Block } from './blocks';
import type { GraphBuilder } from './builder';

export interface NewToken {
  /** Of the prompt, [sequences, kv heads, length, head_dim]. */
  past: { keys: string; values: string };
  /** Of what was written before, [sequences, kv heads, made, head_dim]. */
  keys: string;
  values: string;
  /** i64 [sequences, 1] */
  position: string;
  /** f32 [sequences, 1, 1, length]: 0 at a token of the prompt, else f32's least number. */
  pastMask: string;
  cos: string;
  sin: string;
}

/** Attention of one new token of each sequence. What it adds to keys and values is given with them. */
export function attendNew(
  g: GraphBuilder,
  qkv: string,
  { num_attention_heads: heads, num_key_value_heads: kv, head_dim, hidden_size }: LlamaConfig,
  at: NewToken,
): Block & { keys: string; values: string } {
  const byHead = g.reshape(qkv, [0, heads + 2 * kv, 1, head_dim]);
  const [q, k, v] = g.ops('Split', 3, [byHead, g.integers([heads, kv, kv])], { axis: 1 });
  const rotate = (x: string) => g.op('RotaryEmbedding', [x, at.cos, at.sin, at.position]);
  const keys = g.op('Concat', [at.keys, rotate(k)], { axis: 2 });
  const values = g.op('Concat', [at.values, v], { axis: 2 });
  const queries = g.reshape(rotate(q), [0, kv, heads / kv, head_dim]);
  const scores = (of: string) => g.products(queries, of, { turnB: true, factor: head_dim ** -0.5 });
  const past = g.add(scores(at.past.keys), at.pastMask);
  const softmax = g.op('Softmax', [g.op('Concat', [past, scores(keys)], { axis: -1 })], { axis: -1 });
  const sizes = [at.past.keys, keys].map((of) => g.op('Shape', [of], { start: 2, end: 3 }));
  const [toPast, toNew] = g.ops('Split', 2, [softmax, g.op('Concat', sizes, { axis: 0 })], { axis: -1 });
  const attended = g.add(g.products(toPast, at.past.values), g.products(toNew, values));
  return {
    ...{ keys, values },
    output: g.reshape(attended, [-1, hidden_size]),
    backward: () => {
      throw new Error('Nothing is learned while tokens are generated.');
    },
  };
}
