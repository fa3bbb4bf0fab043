import type { GraphBuilder } from './builder';

/**
 * What `src/cpu/advantages.ts` works out, of `logprobs` [rows, 1] that the graph itself has. In go `reference` and `rewards`, of
 * each row, [rows, 1]; `beta`: f32 []; `normalize`: bool []; `rowAt`: i32 [sequences, most], the rows of each sequence, and
 * one past all rows behind its last; `placeOf`: i32 [rows], the place of each row there. → [rows, 1]
 */
export function advantages(g: GraphBuilder, logprobs: string): string {
  const column = (name: string) => g.input(name, 'f32', ['rows', 1]);
  const drift = g.op('Concat', [g.sub(logprobs, column('reference')), g.floats([1, 1], Float32Array.of(0))], {
    axis: 0,
  });
  const bySequence = g.gather(g.reshape(drift, [-1]), g.input('rowAt', 'i32', ['sequences', 'most']));
  const toGo = g.op('CumSum', [bySequence, g.integers([1], [])], { reverse: 1 });
  const klToGo = g.reshape(g.gather(g.reshape(toGo, [-1]), g.input('placeOf', 'i32', ['rows'])), [-1, 1]);
  const raw = g.sub(column('rewards'), g.mul(g.input('beta', 'f32', []), klToGo));
  const mean = (values: string) => g.op('ReduceMean', [values, g.integers([0])]);
  const centred = g.sub(raw, mean(raw));
  const variance = g.op('Max', [mean(g.mul(centred, centred)), g.scalar(1e-8)]);
  return g.op('Where', [g.input('normalize', 'bool', []), g.op('Div', [centred, g.op('Sqrt', [variance])]), raw]);
}
