import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Completion, GenerateOptions } from '../../src/model/agent';
import { generate, oracleState } from '../oracle/agent';
import { randomPrompts, trainedState } from '../oracle/batches';
import { tinyConfigs } from '../oracle/configs';
import { end, openEngine, type Engine } from '../oracle/engine';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

const lengths = [3, 12, 7, 7, 1, 20, 5, 9];
const options = (changes: Partial<GenerateOptions> = {}): GenerateOptions => ({
  maxNewTokens: 16,
  temperature: 1,
  draw: { seed: 11, stream: 'sampling', step: 3, rollouts: lengths.map((_, i) => 40 + i), phase: 1 },
  ...changes,
});

/** Index of the first new token where the two part, −1 if nowhere. */
function parting(a: Completion, b: Completion): number {
  return a.ids.findIndex((id, i) => id !== b.ids[i]);
}

describe.each(Object.entries(tinyConfigs))('%s', (_, config) => {
  test.each([0, 0.7, 1, 1.5])('equals the reference at temperature %d', async (temperature) => {
    const state = trainedState(config, 1);
    const prompts = randomPrompts(config, 2, lengths);
    const model = await engine.load(state);
    const wanted = options({ temperature });
    const completions = await model.generate(prompts, wanted);
    let ties = 0;
    for (const [i, prompt] of prompts.entries()) {
      const expected = generate(oracleState(state), prompt, i, { endTokens: [end] }, wanted);
      const at = parting(completions[i], expected);
      if (at >= 0) {
        // Float32 may fall on the other side of a boundary (or of a tie) that lies this near, and nowhere else.
        expect(expected.margins[at - prompt.length], `prompt ${i}, token ${at}`).toBeLessThan(
          temperature === 0 ? 1e-3 : 1e-4,
        );
        ties++;
        continue;
      }
      expect(completions[i].ids).toEqual(expected.ids);
      expect(completions[i].logprobs).toHaveLength(expected.logprobs.length);
      for (const [n, x] of expected.logprobs.entries()) expect(completions[i].logprobs[n]).toBeCloseTo(x, 4);
    }
    expect(ties).toBeLessThan(2);
  });
});

describe('a sequence’s result is its own', () => {
  const config = tinyConfigs['tied, grouped-query'];
  const state = trainedState(config, 1);
  const prompts = randomPrompts(config, 2, lengths);

  test('bit for bit the same alone, among others and in another order', async () => {
    const model = await engine.load(state);
    const together = await model.generate(prompts, options());
    const order = [5, 0, 7, 2, 1, 6, 4, 3];
    const rollouts = options().draw.rollouts;
    const drawOf = (indices: readonly number[]) => ({ ...options().draw, rollouts: indices.map((i) => rollouts[i]) });
    const shuffled = await model.generate(
      order.map((i) => prompts[i]),
      options({ draw: drawOf(order) }),
    );
    order.forEach((i, n) => expect(shuffled[n], `prompt ${i} in another order`).toEqual(together[i]));
    for (const i of [0, 5]) {
      expect(await model.generate([prompts[i]], options({ draw: drawOf([i]) })), `prompt ${i} alone`).toEqual([
        together[i],
      ]);
    }
  });

  test('the same again, and after other work', async () => {
    const model = await engine.load(state);
    const first = await model.generate(prompts, options());
    const draw = { ...options().draw, rollouts: [7, 8] };
    await model.generate(randomPrompts(config, 9, [30, 2]), options({ temperature: 0, maxNewTokens: 30, draw }));
    expect(await model.generate(prompts, options())).toEqual(first);
  });

  test('read on from kept keys and values as if read anew', async () => {
    const model = await engine.load(state);
    const cache = [3, 1, 4, 15, 9, 2, 6, 5];
    const first = await model.generate(prompts, options({ cache }));
    const revision = first.map(({ ids }, i) => [...ids, 1, 2, ...prompts[i].slice(0, 4)]);
    const before = model.work.forward.tokens;
    const kept = await model.generate(revision, options({ cache }));
    const read = model.work.forward.tokens - before;
    const fresh = await engine.load(state);
    expect(await fresh.generate(revision, options())).toEqual(kept);
    // The last token of each was drawn and never read.
    const known = first.reduce((sum, { ids }) => sum + ids.length - 1, 0);
    expect(fresh.work.forward.tokens - read).toBe(known);
  });

  test('read anew without a cache key, and with another one', async () => {
    const model = await engine.load(state);
    const reading = async (cache?: readonly number[]) => {
      const before = model.work.forward.tokens;
      const completions = await model.generate(prompts, options(cache && { cache }));
      return { completions, tokens: model.work.forward.tokens - before };
    };
    const keys = prompts.map((_, i) => i);
    const first = await reading(keys);
    expect((await reading(keys)).tokens).toBeLessThan(first.tokens);
    expect(await reading()).toEqual(first);
    expect(await reading()).toEqual(first);
    expect(await reading(keys)).toEqual(first);
    expect(await reading(keys.map((key) => key + 1))).toEqual(first);
  });

  test('more prompts than there are slots go through in turns', async () => {
    const model = await engine.load(state);
    const many = randomPrompts(
      config,
      4,
      Array.from({ length: 30 }, (_, i) => 2 + (i % 9)),
    );
    const draw = { ...options().draw, rollouts: many.map((_, i) => i) };
    const together = await model.generate(many, options({ draw }));
    expect(together.map(({ ids }, i) => ids.slice(0, many[i].length))).toEqual(many);
    const last = await model.generate([many[29]], options({ draw: { ...draw, rollouts: [29] } }));
    expect(last).toEqual([together[29]]);
  });

  test('a prompt that leaves no room is refused, and nothing is lost', async () => {
    const model = await engine.load(state);
    const before = await model.generate(prompts, options());
    const tooLong = randomPrompts(config, 5, [config.max_position_embeddings - 3]);
    const draw = { ...options().draw, rollouts: [7] };
    await expect(model.generate(tooLong, options({ draw }))).rejects.toThrow(/fit/);
    expect(await model.generate(prompts, options())).toEqual(before);
  });

  test('another seed, stream, step, rollout or phase draws anew', async () => {
    const model = await engine.load(state);
    const { draw } = options();
    const ids = async (changes: Partial<typeof draw>) =>
      (await model.generate(prompts, options({ draw: { ...draw, ...changes } }))).map((c) => c.ids.join());
    const first = await ids({});
    for (const changes of [
      { seed: 12 },
      { stream: 'evaluation' as const },
      { step: 4 },
      { rollouts: draw.rollouts.map((r) => r + 100) },
      { phase: 0 },
    ]) {
      expect(await ids(changes), JSON.stringify(changes)).not.toEqual(first);
    }
  });
});

describe('ends', () => {
  const config = tinyConfigs['tied, grouped-query'];

  test('at the end token, which is kept, or at the limit', async () => {
    const state = trainedState(config, 1);
    const prompts = randomPrompts(config, 3, Array<number>(24).fill(4));
    const draw = { ...options().draw, rollouts: prompts.map((_, i) => i) };
    const model = await engine.load(state);
    const completions = await model.generate(prompts, options({ draw, maxNewTokens: 12 }));
    const ended = completions.filter(({ ids }) => ids.at(-1) === end);
    expect(ended.length).toBeGreaterThan(0);
    expect(completions.length).toBeGreaterThan(ended.length);
    for (const { ids, logprobs } of completions) {
      expect(ids.slice(4, -1)).not.toContain(end);
      expect(ids).toHaveLength(4 + logprobs.length);
      if (ids.at(-1) !== end) expect(logprobs).toHaveLength(12);
    }
  });

  test('a longer limit changes nothing of what came before', async () => {
    const state = trainedState(config, 1);
    const prompts = randomPrompts(config, 2, lengths);
    const model = await engine.load(state);
    const short = await model.generate(prompts, options({ maxNewTokens: 5 }));
    const long = await model.generate(prompts, options({ maxNewTokens: 20 }));
    short.forEach(({ ids, logprobs }, i) => {
      expect(long[i].ids.slice(0, ids.length)).toEqual(ids);
      expect(long[i].logprobs.slice(0, logprobs.length)).toEqual(logprobs);
    });
  });
});

test('probes give the probability of a token at a place, NaN where the place was not reached', async () => {
  const config = tinyConfigs['untied, one key/value head'];
  const state = trainedState(config, 1);
  const prompts = randomPrompts(config, 2, lengths);
  const model = await engine.load(state);
  const plain = await model.generate(prompts, options());
  const probes = [
    { after: plain[1].ids[lengths[1] + 2], token: 8 },
    { after: plain[2].ids[lengths[2]], token: 0 },
    { after: prompts[3].at(-1) ?? 0, token: 20 },
  ];
  const probed = await model.generate(prompts, options({ probes }));
  let reached = 0;
  for (const [i, prompt] of prompts.entries()) {
    expect(probed[i].ids).toEqual(plain[i].ids);
    const expected = generate(oracleState(state), prompt, i, { endTokens: [end] }, options({ probes }));
    expect(expected.ids).toEqual(plain[i].ids);
    expected.probes.forEach((p, n) => {
      if (Number.isNaN(p)) expect(probed[i].probes[n], `prompt ${i}, probe ${n}`).toBeNaN();
      else expect(probed[i].probes[n], `prompt ${i}, probe ${n}`).toBeCloseTo(p, 5);
    });
    reached += expected.probes.filter((p) => !Number.isNaN(p)).length;
  }
  expect(reached).toBeGreaterThan(2);
  expect(reached).toBeLessThan(3 * prompts.length);
});
