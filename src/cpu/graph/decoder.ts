import type { LayerPlaces } from '../weight-places';
import { attention, attentionTables, type KeysAndValues } from './attention';
import { linear, rmsNorm, swiglu, type Block } from './blocks';
import type { GraphBuilder } from './builder';
import type { Weights } from './weights';

/** What was read before. */
export interface Past {
  /** i64 []: how many tokens. */
  length: string;
  /** Of each layer, [sequences, kv heads, past, head_dim]. */
  caches: readonly KeysAndValues[];
}

/** A layer, [tokens, hidden] → the same. `attend` takes queries, keys and values [tokens, (heads + 2·kv) · head_dim]. */
export function layer(
  g: GraphBuilder,
  x: string,
  weights: Weights,
  at: LayerPlaces,
  attend: (qkv: string) => Block,
): Block {
  const { hidden_size: hidden, rms_norm_eps: epsilon } = weights.config;
  const inputNorm = rmsNorm(g, x, weights.at(at.input_layernorm), hidden, epsilon);
  const qkv = linear(g, inputNorm.output, weights.at(at.qkv_proj));
  const attended = attend(qkv.output);
  const middle = linear(g, attended.output, weights.at(at.o_proj), x);
  const norm = rmsNorm(g, middle.output, weights.at(at.post_attention_layernorm), hidden, epsilon);
  const activated = swiglu(g, norm.output, weights.at(at.gate_proj), weights.at(at.up_proj));
  const down = linear(g, activated.output, weights.at(at.down_proj), middle.output);
  return {
    output: down.output,
    backward(gradient) {
      const dMiddle = norm.backward(activated.backward(down.backward(gradient)), gradient);
      return inputNorm.backward(qkv.backward(attended.backward(middle.backward(dMiddle))), dMiddle);
    },
  };
}

/** The last norm and the head, [rows, hidden] → logits [rows, vocab_size]. */
export function head(g: GraphBuilder, x: string, weights: Weights): Block {
  const { hidden_size: hidden, rms_norm_eps: epsilon } = weights.config;
  const norm = rmsNorm(g, x, weights.at(weights.places.norm), hidden, epsilon);
  const logits = linear(g, norm.output, weights.at(weights.places.head));
  return { output: logits.output, backward: (gradient) => norm.backward(logits.backward(gradient)) };
}

/**
 * A decoder over packed tokens: `ids` [tokens], and logits [rows, vocab_size] at the tokens `rows`. `backward` takes the
 * gradient of the logits and leaves that of every weight that learns with `weights`. With a `past`, which every sequence has, the tokens
 * stand behind it, and nothing is learned.
 */
export function decoder(g: GraphBuilder, weights: Weights, past?: Past) {
  const { places, config } = weights;
  const ids = g.input('ids', 'i32', ['tokens']);
  const rows = g.input('rows', 'i32', ['rows']);
  const tables = attentionTables(g, config, past?.length);
  const embedded = g.gather(places.embed.name, ids);
  let x = embedded;
  const caches: KeysAndValues[] = [];
  const layers = places.layers.map((at, i) => {
    const block = layer(g, x, weights, at, (qkv) => {
      const attended = attention(g, qkv, config, tables, past?.caches[i]);
      caches.push(attended);
      return attended;
    });
    x = block.output;
    return block;
  });
  const logits = head(g, g.gather(x, rows), weights);
  return {
    logits: logits.output,
    /** Keys, turned, and values of each layer, [sequences, kv heads, past + length, head_dim]. */
    caches,
    tables,
    backward(dLogits: string): void {
      const column = (numbers: string) => g.op('Unsqueeze', [g.cast(numbers, 'i64'), g.integers([1])]);
      const zerosLike = (value: string) => g.op('ConstantOfShape', [g.op('Shape', [value])]);
      const dLast = logits.backward(dLogits);
      const dOutput = g.op('ScatterND', [zerosLike(embedded), column(rows), dLast]);
      const learning = layers.slice(weights.lowest);
      const dEmbedded = learning.reduceRight((gradient, block) => block.backward(gradient), dOutput);
      if (!weights.learnsEmbedding) return;
      // A tied embedding has learned as the head already.
      const before = weights.gradient(places.embed) ?? zerosLike(places.embed.name);
      // ScatterND adds from several threads at once, and loses sums where a token comes twice. This one goes in order.
      const indices = g.op('Expand', [column(ids), g.op('Shape', [dEmbedded])]);
      const learned = g.op('ScatterElements', [before, indices, dEmbedded], { axis: 0, reduction: 'add' });
      weights.at(places.embed).learn?.(learned);
    },
  };
}
