import { expect, test } from 'vitest';
import { allKernels } from '../../bench/matmul/measure';
import { keptUp } from '../../bench/matmul/peak';
import { summarize } from '../../bench/samples';

/** Rates of these kernels: simple ones count from 1 up, the engine's are all alike and ten times as fast. */
function shape(kernels: typeof allKernels, slow: string[] = []) {
  const rates = kernels.map(({ name, engine }, i) => {
    const flopsPerSecond = summarize([slow.includes(name) ? 0.1 : engine ? 100 : i + 1]);
    return { kernel: name, engine, error: 0, flopsPerSecond };
  });
  const best = (kind: boolean) => rates.filter(({ engine }) => engine === kind).at(-1)!;
  return { rates, simple: best(false), engine: best(true) };
}
const names = (kernels: readonly { name: string }[]) => kernels.map(({ name }) => name);

test('a kernel far behind the best of its kind stays behind, unless it once kept up', () => {
  expect(keptUp([])).toBe(allKernels);
  const first = shape(allKernels);
  // Of ten simple ones the eighth is the first within four fifths of the best; kinds are not measured by each other.
  expect(names(keptUp([first]))).toEqual(names(allKernels.slice(7)));
  const stumbled = shape(allKernels.slice(7), [allKernels[8].name]);
  expect(names(keptUp([first, stumbled]))).toEqual(names(allKernels.slice(7)));
  // Who was left out before stays out.
  expect(names(keptUp([shape(allKernels.slice(-2))]))).toEqual(names(allKernels.slice(-2)));
});
