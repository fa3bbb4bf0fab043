import type { LlamaConfig } from '../../model/config';
import type { LoraLayout } from '../../model/lora';
import { advantages } from './advantages';
import { GraphBuilder } from './builder';
import { decoder } from './decoder';
import { Weights } from './weights';

/** What a graph computes of a batch. */
export const passes = ['score', 'crossEntropy', 'surrogate', 'policy'] as const;
export type Pass = (typeof passes)[number];

/**
 * A decoder as a graph that learns, or whose adapters do. In go weights by name, a `PaddedBatch`, and, of every predicted place, its `targets`; out
 * come `logprobs`, all [rows, 1], in nats. Besides:
 *
 * - `score`: out come `entropies`.
 * - `crossEntropy`: the loss is −Σ shares · logprobs; in go `shares`, out come gradients.
 * - `surrogate`: the loss is −Σ shares · min(s·A, clip(s, 1 − epsilon, 1 + epsilon)·A), s = exp(logprobs − old); in go
 *   `shares`, `old`, `advantages` and `epsilon`, out come gradients.
 * - `policy`: the same where `old` are these very `logprobs`, so that s = 1, and A comes of them (`advantages`), of which all
 *   are in the batch; in go `shares` and what that takes, out come gradients, `entropies` and `advantages`.
 */
export function learningGraph(
  config: LlamaConfig,
  pass: Pass,
  lora: LoraLayout | null = null,
): Uint8Array<ArrayBuffer> {
  const g = new GraphBuilder(`LlamaForCausalLM-${pass}`);
  const weights = new Weights(g, config, { lora });
  const model = decoder(g, weights);
  const column = (name: string) => g.input(name, 'f32', ['rows', 1]);
  const targets = g.input('targets', 'i32', ['rows', 1]);
  const logSoftmax = g.op('LogSoftmax', [model.logits], { axis: -1 });
  const logprobs = g.op('GatherElements', [logSoftmax, targets], { axis: 1 });
  const probabilities = g.op('Exp', [logSoftmax]);
  g.output('logprobs', logprobs, 'f32', ['rows', 1]);
  if (pass === 'score' || pass === 'policy') {
    g.output('entropies', g.op('Neg', [g.sumRows(g.mul(probabilities, logSoftmax))]), 'f32', ['rows', 1]);
  }
  if (pass === 'score') return g.graph.encode();
  // How the loss falls with a log-probability.
  let slopes = column('shares');
  if (pass === 'surrogate') slopes = g.mul(slopes, surrogateSlope(g, logprobs, column));
  if (pass === 'policy') {
    const own = advantages(g, logprobs);
    g.output('advantages', own, 'f32', ['rows', 1]);
    slopes = g.mul(slopes, own);
  }
  const spread = g.mul(probabilities, slopes);
  model.backward(g.op('ScatterElements', [spread, targets, g.op('Neg', [slopes])], { axis: 1, reduction: 'add' }));
  weights.giveOut(g);
  return g.graph.encode();
}

/** ∂ min(s·A, clip(s)·A) / ∂ logprob = s·A where it is not clipped, else 0. */
function surrogateSlope(g: GraphBuilder, logprobs: string, column: (name: string) => string): string {
  const old = column('old');
  const advantages = column('advantages');
  const epsilon = g.input('epsilon', 'f32', []);
  const ratio = g.op('Exp', [g.sub(logprobs, old)]);
  const one = g.scalar(1);
  const bounded = g.op('Clip', [ratio, g.sub(one, epsilon), g.add(one, epsilon)]);
  const [free, held] = [g.mul(ratio, advantages), g.mul(bounded, advantages)];
  return g.op('Where', [g.op('LessOrEqual', [free, held]), free, g.scalar(0)]);
}
