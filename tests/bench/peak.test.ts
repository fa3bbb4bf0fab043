import { expect, test } from 'vitest';
import { allKernels } from '../../bench/matmul/measure';
import { keptUp } from '../../bench/matmul/peak';
import { summarize } from '../../bench/samples';

test('a kernel far behind the best of its kind stays behind', () => {
  const rates = allKernels.map(({ name, engine }, i) => ({
    kernel: name,
    engine,
    error: 0,
    // Simple ones at 1 to 10, the engine's ten times as fast: kinds are not measured by each other.
    flopsPerSecond: summarize([(engine ? 10 : 1) * (i + 1)]),
  }));
  const best = (kind: boolean) => rates.filter(({ engine }) => engine === kind).at(-1)!;
  const kept = keptUp({ rates, simple: best(false), engine: best(true) });
  expect(kept.map(({ name }) => name)).toEqual(allKernels.slice(4).map(({ name }) => name));
  // Who was left out before stays out.
  const fewer = keptUp({ rates: rates.slice(-2), simple: best(false), engine: best(true) });
  expect(fewer.map(({ name }) => name)).toEqual(allKernels.slice(-2).map(({ name }) => name));
});
