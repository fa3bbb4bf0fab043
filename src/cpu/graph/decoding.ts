import type { LlamaConfig } from '../../model/config';
import type { TokenRules } from '../../model/token-rules';
import { GraphBuilder } from './builder';
import type { Past } from './decoder';
import { generation } from './generation';
import { asConstant, Weights } from './weights';

/** Of layer `i`, what was read before and what was read with it. */
export const cacheNames = (i: number) => ({
  past: { keys: `past.${i}.keys`, values: `past.${i}.values` },
  present: { keys: `present.${i}.keys`, values: `present.${i}.values` },
});

/**
 * A decoder that does not learn as a graph: its weights are given to the session beside it, by name. It does what `generation` does, behind a past: in go of each
 * layer keys and values [sequences, kv heads, past, head_dim], of length 0 where nothing was read before. Out come besides
 * `logits` [rows, vocab_size], and keys and values with those of the prompts.
 */
export function decodingGraph(config: LlamaConfig, rules: TokenRules): Uint8Array<ArrayBuffer> {
  const g = new GraphBuilder('LlamaForCausalLM-decode');
  const { num_hidden_layers, num_key_value_heads: kv, head_dim } = config;
  const shape = (length: string) => ['sequences', kv, length, head_dim];
  const names = Array.from({ length: num_hidden_layers }, (_, i) => cacheNames(i));
  for (const { past } of names) for (const name of Object.values(past)) g.input(name, 'f32', shape('past'));
  const caches = names.map(({ past }) => past);
  const length = g.op('Squeeze', [g.op('Shape', [caches[0].keys], { start: 2, end: 3 })]);
  const past: Past = { length, caches };
  const weights = new Weights(g, config, { put: asConstant });
  const read = generation(g, weights, rules, past);
  g.output('logits', read.logits, 'f32', ['rows', config.vocab_size]);
  names.forEach(({ present }, i) => {
    g.output(present.keys, read.caches[i].keys, 'f32', shape('present'));
    g.output(present.values, read.caches[i].values, 'f32', shape('present'));
  });
  return g.graph.encode();
}
