import { beforeAll, expect, test } from 'vitest';
import { compete } from '../../bench/compete';
import type { Pace } from '../../bench/contender';
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

const contest = (entries: ReturnType<typeof entry>[], runs: number, pace: Pace | null = null, turn = 0) =>
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
    pace,
    turn,
    say: () => undefined,
  });

test('who lags far behind on the GPU is measured once, everyone else in every round', async () => {
  const { results } = await contest([entry('fast', 10), entry('slow', 400), entry('beside the GPU', 50, false)], 4);
  expect(results.map(({ name, seconds }) => [name, seconds.all.length])).toEqual([
    ['fast', 4],
    ['slow', 1],
    ['beside the GPU', 4],
  ]);
  // Warm-up, then a run, each on what the others had.
  expect(results[1].outputs).toEqual([0, 1]);
  expect(results.map(({ counts }) => counts.dispatches)).toEqual([1, 1, 0]);
});

test('the pace takes a turn in every round and is no contender', async () => {
  const turns: string[] = [];
  const pace: Pace = {
    name: 'pace',
    run: () => Promise.resolve(void turns.push('pace')),
    dispose: () => undefined,
  };
  const noted = (name: string) => {
    // Long enough that no hiccup of the machine makes one a laggard.
    const { open, ...rest } = entry(name, 30);
    const noting = async () => {
      const { run, dispose } = await open();
      return { run: () => run().then(() => void turns.push(name)), dispose };
    };
    return { ...rest, open: noting };
  };
  const { results, paceSeconds } = await contest([noted('one'), noted('other')], 3, pace);
  expect(results.map(({ name }) => name)).toEqual(['one', 'other']);
  expect(paceSeconds!.all).toHaveLength(3);
  // Two warm-ups, then three rounds: everyone begins once.
  expect(turns.slice(2)).toEqual(['pace', 'one', 'other', 'one', 'other', 'pace', 'other', 'pace', 'one']);
  expect((await contest([entry('one', 0)], 1)).paceSeconds).toBeNull();
});

test('a run may say itself how long it took', async () => {
  const { results } = await compete({
    entries: [entry('one', 5)],
    ...{ workload: { warmUps: 1, runs: 2 }, start: noStart, tokens: 6, turn: 0, pace: null, say: () => undefined },
    input: (run) => run,
    run: async (contender, input) => {
      await contender.run();
      return input;
    },
    secondsOf: (run) => 10 * run,
  });
  expect(results[0].seconds.all).toEqual([10, 20]);
  expect(results[0].tokensPerSecond).toBe(0.4);
});

test('a turn lasts as long as it is told to, and tells the time of one run', async () => {
  const { results } = await contest([entry('short', 20), entry('long', 120)], 2, null, 0.1);
  const [short, long] = results;
  expect(short.seconds.all).toHaveLength(2);
  // Twenty milliseconds at least each, so no more than five of them in a turn.
  expect(short.outputs.length).toBeGreaterThan(1 + 2);
  expect(short.outputs.length).toBeLessThanOrEqual(1 + 2 * 6);
  expect(short.seconds.median).toBeLessThan(0.1);
  expect(short.counts.dispatches).toBe(1);
  expect(long.outputs).toHaveLength(3);
});
