import type { LlamaConfig } from '../../model/config';
import { GraphBuilder } from './builder';
import { decoder, Weights } from './decoder';

/** A decoder as a graph that reads: in go weights by name and a `PaddedBatch` with `rows`, out come `logits` [rows, vocab_size]. */
export function readingGraph(config: LlamaConfig): Uint8Array<ArrayBuffer> {
  const g = new GraphBuilder('LlamaForCausalLM-read');
  g.output('logits', decoder(g, new Weights(g, config)).logits, 'f32', ['rows', config.vocab_size]);
  return g.graph.encode();
}
