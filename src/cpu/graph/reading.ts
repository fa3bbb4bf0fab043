import type { LlamaConfig } from '../../model/config';
import type { LoraLayout } from '../../model/lora';
import { GraphBuilder } from './builder';
import { decoder } from './decoder';
import { Weights } from './weights';

/** A decoder as a graph that reads: in go weights by name and a `PaddedBatch` with `rows`, out come `logits` [rows, vocab_size]. */
export function readingGraph(config: LlamaConfig, lora: LoraLayout | null = null): Uint8Array<ArrayBuffer> {
  const g = new GraphBuilder('LlamaForCausalLM-read');
  g.output('logits', decoder(g, new Weights(g, config, { lora })).logits, 'f32', ['rows', config.vocab_size]);
  return g.graph.encode();
}
