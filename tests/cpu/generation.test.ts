import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CpuBackend } from '../../src/cpu/cpu-backend';
import type { CpuModel } from '../../src/cpu/cpu-model';
import type { Completion, GenerateOptions } from '../../src/model/agent';
import type { TokenRules } from '../../src/model/token-rules';
import { generate, oracleState } from '../oracle/agent';
import { randomPrompts, trainedState } from '../oracle/batches';
import { relativeDifference } from '../oracle/compare';
import { tinyConfigs } from '../oracle/configs';
import { forward } from '../oracle/decoder';
import { logitsAt } from '../oracle/losses';
import { end, openCpu, openModel } from './open';

let backend: CpuBackend;
beforeAll(() => {
  backend = openCpu();
});
afterAll(() => backend.close());

const lengths = [3, 12, 7, 7, 1, 20, 5, 9];
const drawOf = (rollouts: readonly number[]) =>
  ({ seed: 11, stream: 'sampling', step: 3, rollouts, phase: 1 }) as const;
const draw = drawOf(lengths.map((_, i) => 40 + i));
const sampled: GenerateOptions = { maxNewTokens: 16, temperature: 1, draw };
const usual: TokenRules = { endTokens: [end] };
const tiny = tinyConfigs['tied, grouped-query'];
const state = trainedState(tiny, 1);
const prompts = randomPrompts(tiny, 2, lengths);

/** Token by token what the double-precision decoder writes, but where its choice hung by a thread. Gives how often. */
function expectEqual(
  completions: readonly Completion[],
  given: readonly (readonly number[])[],
  options: GenerateOptions,
  { rules = usual, of = state } = {},
): number {
  expect(completions).toHaveLength(given.length);
  let ties = 0;
  for (const [i, prompt] of given.entries()) {
    const expected = generate(oracleState(of), prompt, i, rules, options);
    const { ids, logprobs, probes } = completions[i];
    const parting = ids.findIndex((id, at) => id !== expected.ids[at]);
    if (parting >= 0) {
      const margin = expected.margins[parting - prompt.length];
      expect(margin, `prompt ${i}, token ${parting}`).toBeLessThan(options.temperature === 0 ? 1e-3 : 1e-4);
      ties++;
      continue;
    }
    expect(ids).toEqual(expected.ids);
    expect(logprobs).toHaveLength(expected.logprobs.length);
    for (const [n, logprob] of expected.logprobs.entries()) expect(logprobs[n]).toBeCloseTo(logprob, 4);
    expect(probes).toEqual(expected.probes.map((p) => (Number.isNaN(p) ? NaN : (expect.closeTo(p, 5) as number))));
  }
  expect(ties).toBeLessThan(2);
  return ties;
}

describe.each(Object.entries(tinyConfigs))('%s', (_, config) => {
  const of = trainedState(config, 1);
  let model: CpuModel;
  beforeAll(async () => {
    model = await openModel(backend, of, { slots: 12 });
  });

  it.each([0, 0.7, 1, 1.5])('writes what double precision writes at temperature %d', async (temperature) => {
    const given = randomPrompts(config, 2, lengths);
    const options = { ...sampled, temperature };
    expectEqual(await model.generate(given, options), given, options, { of });
  });

  it('reads logits that are right after any beginning', async () => {
    for (const ids of randomPrompts(config, 8, [1, 2, 17, config.max_position_embeddings])) {
      const logits = await model.next(ids);
      const expected = logitsAt(forward(oracleState(of), ids), ids.length - 1);
      expect(relativeDifference(logits, expected)).toBeLessThan(1e-5);
    }
    expect(await model.save()).toEqual(of);
  });
});

describe('a sequence’s text is its own', () => {
  let model: CpuModel;
  beforeAll(async () => {
    model = await openModel(backend, state, { slots: 12 });
  });

  it('alone, in another order, and where slots are fewer than prompts', async () => {
    const together = await model.generate(prompts, sampled);
    const texts = together.map(({ ids }) => ids);
    const order = [5, 0, 7, 2, 1, 6, 4, 3];
    const shuffled = await model.generate(
      order.map((i) => prompts[i]),
      { ...sampled, draw: drawOf(order.map((i) => draw.rollouts[i])) },
    );
    expect(shuffled.map(({ ids }) => ids)).toEqual(order.map((i) => texts[i]));
    for (const [i, prompt] of prompts.entries()) {
      const [alone] = await model.generate([prompt], { ...sampled, draw: drawOf([draw.rollouts[i]]) });
      expect(alone.ids).toEqual(texts[i]);
    }
    for (const slots of [1, 3]) {
      const few = await openModel(backend, state, { slots });
      expect((await few.generate(prompts, sampled)).map(({ ids }) => ids)).toEqual(texts);
    }
  });

  it('whatever the limit is behind it', async () => {
    const short = await model.generate(prompts, { ...sampled, maxNewTokens: 5 });
    const long = await model.generate(prompts, { ...sampled, maxNewTokens: 20 });
    short.forEach(({ ids }, i) => expect(long[i].ids.slice(0, ids.length)).toEqual(ids));
    expect(long.some(({ ids }, i) => ids.length === lengths[i] + 20)).toBe(true);
  });

  it('drawn anew for another seed, stream, step, rollout or phase', async () => {
    const texts = async (changes: Partial<GenerateOptions['draw']>) =>
      (await model.generate(prompts, { ...sampled, draw: { ...draw, ...changes } })).map(({ ids }) => ids.join());
    const first = await texts({});
    expect(await texts({})).toEqual(first);
    for (const changes of [
      ...[{ seed: 12 }, { stream: 'evaluation' as const }, { step: 4 }, { phase: 0 }],
      { rollouts: draw.rollouts.map((rollout) => rollout + 100) },
    ]) {
      expect(await texts(changes), JSON.stringify(changes)).not.toEqual(first);
    }
  });

  it('none where there is no prompt', async () => {
    expect(await model.generate([], { ...sampled, draw: drawOf([]) })).toEqual([]);
  });
});

describe('a text ends', () => {
  /** What is written under these rules, which is right. */
  async function written(rules: TokenRules, changes: Partial<GenerateOptions> = {}): Promise<number[][]> {
    const options = { ...sampled, ...changes };
    const model = await openModel(backend, state, { rules, slots: 12 });
    const completions = await model.generate(prompts, options);
    expect(expectEqual(completions, prompts, options, { rules })).toBe(0);
    return completions.map(({ ids }, i) => ids.slice(lengths[i]));
  }

  it.each([0, 1])('after the one token that was asked for, at temperature %d', async (temperature) => {
    const texts = await written(usual, { maxNewTokens: 1, temperature });
    expect(texts.map(({ length }) => length)).toEqual(lengths.map(() => 1));
  });

  it('at its first token, be it one of many texts or all of them', async () => {
    const free = await written({ endTokens: [] });
    expect(free.map(({ length }) => length)).toEqual(lengths.map(() => 16));
    const one = await written({ endTokens: [free[2][0]] });
    expect(one[2]).toEqual([free[2][0]]);
    expect(Math.max(...one.map(({ length }) => length))).toBeGreaterThan(1);
    const all = await written({ endTokens: free.map(([first]) => first) });
    expect(all.map(({ length }) => length)).toEqual(lengths.map(() => 1));
  });

  it('at any end token, which it keeps, and long before the limit if all do', async () => {
    const free = await written({ endTokens: [] }, { maxNewTokens: 30 });
    const endTokens = free.map((ids) => ids[4]);
    const ended = await written({ endTokens }, { maxNewTokens: 30 });
    for (const [i, ids] of ended.entries()) {
      const at = free[i].findIndex((id) => endTokens.includes(id));
      expect(ids).toEqual(free[i].slice(0, at + 1));
    }
    expect(Math.max(...ended.map(({ length }) => length))).toBe(5);
  });

  it('where the model reads no further', async () => {
    const long = { ...sampled, maxNewTokens: tiny.max_position_embeddings - Math.max(...lengths) };
    expect(Math.max(...(await written({ endTokens: [] }, long)).map(({ length }) => length))).toBe(44);
  });

  it.each([0, 0.7, 1])('without a token that is suppressed, at temperature %d', async (temperature) => {
    const free = await written({ endTokens: [] }, { temperature });
    const suppressTokens = [...new Set([0, tiny.vocab_size - 1, ...free.map(([first]) => first)])];
    const others = await written({ endTokens: [], suppressTokens }, { temperature });
    expect(others.flat().filter((id) => suppressTokens.includes(id))).toEqual([]);
  });

  it('with what was asked of it by probes, NaN where it did not come to their place', async () => {
    const free = await written(usual);
    const probes = [
      { after: free[1][2], token: 8 },
      { after: free[2][0], token: 0 },
      { after: prompts[3][lengths[3] - 1], token: 20 },
      // Nobody reads on behind the end.
      { after: end, token: 3 },
    ];
    for (const maxNewTokens of [1, 16]) {
      const model = await openModel(backend, state, { slots: 3 });
      const completions = await model.generate(prompts, { ...sampled, maxNewTokens, probes });
      expectEqual(completions, prompts, { ...sampled, maxNewTokens, probes });
      const reached = completions.flatMap((one) => one.probes).filter((p) => !Number.isNaN(p));
      expect(reached.length).toBeGreaterThan(0);
      expect(reached.length).toBeLessThan(probes.length * prompts.length);
    }
  });
});

it('draws from a large vocabulary as finely as from a small one', async () => {
  const config = { ...tiny, vocab_size: 32_768, hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2 };
  const of = trainedState(config, 1);
  const given = randomPrompts(config, 2, Array<number>(64).fill(1));
  const options = { maxNewTokens: 4, temperature: 1, draw: drawOf(given.map((_, i) => i)) };
  const model = await openModel(backend, of, { slots: 64 });
  const completions = await model.generate(given, options);
  for (const [i, prompt] of given.entries()) {
    const { ids, margins } = generate(oracleState(of), prompt, i, usual, options);
    const parting = ids.findIndex((id, at) => id !== completions[i].ids[at]);
    // A token has a share of 3e-5 here.
    if (parting >= 0) expect(margins[parting - 1], `prompt ${i}, token ${parting}`).toBeLessThan(1e-6);
  }
});
