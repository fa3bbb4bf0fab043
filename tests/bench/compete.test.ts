import { beforeAll, expect, test } from 'vitest';
import { compete } from '../../bench/compete';
import { installOnFake, Pass } from './webgpu';

beforeAll(installOnFake);

const noStart = { config: {}, parameters: new Float32Array() } as never;

/** Someone who takes so many milliseconds for a run, on the GPU or beside it. */
function entry(name: string, milliseconds: number, onGpu = true) {
  const run = async () => {
    if (onGpu) new Pass().dispatchWorkgroups();
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
  };
  return { name, sitsOut: () => null, open: () => Promise.resolve({ run, dispose: () => undefined }) };
}

const contest = (entries: ReturnType<typeof entry>[], runs: number) =>
  compete({
    entries,
    workload: { warmUps: 1, runs },
    start: noStart,
    tokens: 1,
    input: (run) => run,
    run: async (contender, input) => {
      await contender.run();
      return input;
    },
    say: () => undefined,
  });

test('who lags far behind on the GPU is measured twice, everyone else in every round', async () => {
  const { results } = await contest([entry('fast', 1), entry('slow', 300), entry('beside the GPU', 50, false)], 4);
  expect(results.map(({ name, seconds }) => [name, seconds.all.length])).toEqual([
    ['fast', 4],
    ['slow', 2],
    ['beside the GPU', 4],
  ]);
  // Warm-up, then two runs, each on what the others had.
  expect(results[1].outputs).toEqual([0, 1, 2]);
  expect(results.map(({ counts }) => counts.dispatches)).toEqual([1, 1, 0]);
});
