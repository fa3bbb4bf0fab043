import type { LlamaConfig } from '../../model/config';
import type { TokenRules } from '../../model/token-rules';
import { LEAST } from './attention';
import type { GraphBuilder } from './builder';

export interface Sampling {
  temperature: string;
  after: string;
  probed: string;
  /** bool [vocab_size] */
  ends: string;
  /** f32 [vocab_size]: 0, or f32's least number where a token is suppressed; null where none is. */
  suppressed: string | null;
}

/** Adds `temperature`: f32 [], 0 for the likeliest, and `after` and `probed`: i32 [probes], see `Probe`. */
export function samplingInputs(
  g: GraphBuilder,
  { vocab_size }: LlamaConfig,
  { endTokens, suppressTokens = [] }: TokenRules,
): Sampling {
  const marked = (ids: readonly number[], mark: number) => {
    const marks = new Float32Array(vocab_size);
    for (const id of ids) marks[id] = mark;
    return g.floats([vocab_size], marks);
  };
  return {
    temperature: g.input('temperature', 'f32', []),
    after: g.input('after', 'i32', ['probes']),
    probed: g.input('probed', 'i32', ['probes']),
    ends: g.cast(marked(endTokens, 1), 'bool'),
    suppressed: suppressTokens.length > 0 ? marked(suppressTokens, LEAST) : null,
  };
}

/**
 * Draws as `src/random/sampling.ts` does, from logits [sequences, vocab_size] with one uniform draw a sequence. `read` is the
 * token before; a probe that it does not reach stays what it was.
 */
export function sample(
  g: GraphBuilder,
  logits: string,
  draw: string,
  read: string,
  probesBefore: string,
  { temperature, after, probed, ends, suppressed }: Sampling,
) {
  const drawable = suppressed === null ? logits : g.add(logits, suppressed);
  const best = g.op('ArgMax', [drawable], { axis: 1, keepdims: 0 });
  const peak = g.op('ReduceMax', [drawable, g.integers([1])]);
  const greedy = g.op('Equal', [temperature, g.scalar(0)]);
  const divisor = g.op('Where', [greedy, g.scalar(1), temperature]);
  const shares = g.op('Exp', [g.op('Div', [g.sub(drawable, peak), divisor])]);
  // Of tens of thousands of tokens a sum in f32 would be off by more than one of them has.
  const passed = g.op('CumSum', [g.cast(shares, 'f64'), g.integers([1], [])]);
  const all = g.gather(passed, g.integers([-1], []), 1);
  const mark = g.op('Unsqueeze', [g.mul(g.cast(draw, 'f64'), all), g.integers([1])]);
  const below = g.cast(g.op('LessOrEqual', [passed, mark]), 'i32');
  const count = g.op('ReduceSum', [below, g.integers([1])], { keepdims: 0 });
  const vocabulary = g.op('Squeeze', [g.cast(g.op('Shape', [ends]), 'i32')]);
  const likeliest = g.cast(best, 'i32');
  const useBest = g.op('Or', [greedy, g.op('GreaterOrEqual', [count, vocabulary])]);
  const token = g.op('Where', [useBest, likeliest, count]);

  const logSoftmax = g.op('LogSoftmax', [logits], { axis: -1 });
  const column = g.op('Unsqueeze', [token, g.integers([1])]);
  const logprob = g.op('Squeeze', [g.op('GatherElements', [logSoftmax, column], { axis: 1 }), g.integers([1])]);
  const reached = g.op('Equal', [g.op('Unsqueeze', [read, g.integers([1])]), after]);
  const probes = g.op('Where', [reached, g.op('Exp', [g.gather(logSoftmax, probed, 1)]), probesBefore]);
  return { token, logprob, probes, alive: g.op('Not', [g.gather(ends, token)]) };
}
