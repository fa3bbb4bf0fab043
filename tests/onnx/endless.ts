import { OnnxGraph } from '../../src/checkpoint/onnx-graph';
import type { LlamaConfig } from '../../src/model/config';

/** Products of a token: half an hour of a processor's time. */
const PRODUCTS = 2000;
const SIZE = 1000;

/** An ONNX file that has all that a decoder of this config has, opens at once, and does not come to the end of a token. */
export function endlessDecoder({ num_hidden_layers, num_key_value_heads, head_dim, vocab_size }: LlamaConfig) {
  const graph = new OnnxGraph('endless');
  graph.input('input_ids', 'i64', ['batch_size', 'sequence_length']);
  graph.input('attention_mask', 'i64', ['batch_size', 'total_sequence_length']);
  graph.input('position_ids', 'i64', ['batch_size', 'sequence_length']);
  for (let layer = 0; layer < num_hidden_layers; layer++) {
    for (const part of ['key', 'value']) {
      const shape = ['batch_size', num_key_value_heads, 'past_sequence_length', head_dim];
      const past = graph.input(`past_key_values.${layer}.${part}`, 'f32', shape);
      graph.output(graph.node('Identity', `present.${layer}.${part}`, [past]), 'f32', shape);
    }
  }
  // From the ids, so that no session computes it when it opens.
  const ids = graph.cast('ids', 'input_ids', 'f32');
  const sum = graph.node('ReduceSum', 'sum', [ids], { keepdims: 0 });
  const matrix = graph.node('Expand', 'matrix', [sum, graph.integers('size', [2], [SIZE, SIZE])]);
  let product = matrix;
  for (let i = 0; i < PRODUCTS; i++) product = graph.node('MatMul', `product ${i}`, [product, matrix]);
  const all = graph.node('ReduceSum', 'all', [product], { keepdims: 0 });
  const place = graph.node('Unsqueeze', 'place', [ids, graph.integers('last', [1], [2])]);
  const words = graph.node('Expand', 'words', [place, graph.integers('vocabulary', [3], [1, 1, vocab_size])]);
  graph.output(graph.node('Add', 'logits', [words, all]), 'f32', ['batch_size', 'sequence_length', vocab_size]);
  return graph.encode();
}
