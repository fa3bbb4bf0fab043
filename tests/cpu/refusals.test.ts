import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CpuBackend } from '../../src/cpu/cpu-backend';
import type { CpuModel } from '../../src/cpu/cpu-model';
import type { GenerateOptions, UpdateOptions } from '../../src/model/agent';
import { UnsupportedModelError } from '../../src/model/config';
import { BatchError } from '../../src/model/requests';
import { trainedState } from '../oracle/batches';
import { tinyConfigs } from '../oracle/configs';
import { openCpu, openModel } from './open';

const config = tinyConfigs['tied, grouped-query'];
const { vocab_size, max_position_embeddings: most } = config;
const state = trainedState(config, 1);
const step = { learningRate: 1e-3, gradientClip: 1 };
const policy: UpdateOptions = {
  ...{ ...step, beta: 0.05, epsilon: 0.2 },
  ...{ lossMean: 'tokens', normalize: true, updatesPerBatch: 1 },
};
const go: GenerateOptions = {
  ...{ maxNewTokens: 2, temperature: 1 },
  draw: { seed: 1, stream: 'sampling', step: 1, rollouts: [0], phase: 0 },
};
const ones = (length: number) => Array<number>(length).fill(1);
const example = (...ids: number[]) => ({ ids, weights: ids.map(() => 1) });
const sample = (learnableFrom: number, ...ids: number[]) => ({ ids, learnableFrom, reward: 1 });
const good = { ids: [1, 2, 3], weights: [1, 1, 1], learnableFrom: 1, reward: 0 };

/** What cannot be computed is refused with what is wrong of it, and the state stays as it was. */
describe('refusals', () => {
  let backend: CpuBackend;
  let model: CpuModel;

  beforeAll(async () => {
    backend = openCpu();
    model = await openModel(backend, state);
  });
  beforeEach(() => model.load(state));
  afterAll(() => backend.close());

  it.each<[string, RegExp, (model: CpuModel) => Promise<unknown>]>([
    ['an example without tokens', /Sequence 1 is empty/, (one) => one.supervise([good, example()], step)],
    ['an example that is too long', /Shorten/, (one) => one.supervise([good, example(...ones(most + 1))], step)],
    ['a token that is none', /token 37, outside/, (one) => one.supervise([good, example(1, vocab_size)], step)],
    ['a token below all', /token -1, outside/, (one) => one.supervise([good, example(-1, 2)], step)],
    ['half a token', /token 1\.5, outside/, (one) => one.supervise([good, example(1, 1.5)], step)],
    ['no examples', /No token .* has weight/, (one) => one.supervise([], step)],
    ['examples of one token', /No token/, (one) => one.supervise([example(3), example(4)], step)],
    ['weight on the first token alone', /No token/, (one) => one.supervise([{ ...good, weights: [1, 0, 0] }], step)],
    ['no samples', /No token/, (one) => one.update([], policy)],
    [
      'a sample with nothing before',
      /Sample 1 learns from token 0/,
      (one) => one.update([good, sample(0, 1, 2)], policy),
    ],
    [
      'a sample with nothing behind',
      /Sample 1 learns from token 2/,
      (one) => one.update([good, sample(2, 1, 2)], policy),
    ],
    ['a sample without tokens', /Sample 1/, (one) => one.update([good, sample(1)], policy)],
    ['a sample that is too long', /Shorten/, (one) => one.update([good, sample(2, ...ones(most + 1))], policy)],
    ['a stray token of a sample', /outside/, (one) => one.update([good, sample(1, 1, vocab_size)], policy)],
    ['a score of nothing', /empty/, (one) => one.score([[]])],
    ['a score of a stray token', /outside/, (one) => one.score([[1, vocab_size]])],
    ['to read nothing', /empty/, (one) => one.next([])],
    ['to read a stray token', /outside/, (one) => one.next([vocab_size])],
    ['an empty prompt', /empty/, (one) => one.generate([[]], go)],
    ['a prompt with a stray token', /outside/, (one) => one.generate([[vocab_size]], go)],
    ['a prompt that leaves no room', /63 tokens and 2 new ones/, (one) => one.generate([ones(most - 1)], go)],
    ['no new tokens', /one at least/, (one) => one.generate([[1]], { ...go, maxNewTokens: 0 })],
    ['too few rollout numbers', /rollout/, (one) => one.generate([[1], [2]], go)],
    ['too many cache keys', /cache key/, (one) => one.generate([[1]], { ...go, cache: [1, 2] })],
  ])('of %s', async (_, words, asked) => {
    const refused = asked(model);
    await expect(refused).rejects.toThrow(BatchError);
    await expect(refused).rejects.toThrow(words);
    expect(await model.save()).toEqual(state);
    await model.supervise([good], step);
    expect((await model.save()).updates).toBe(state.updates + 1);
  });

  it('of a second call while one is at work, which ends as it would alone', async () => {
    const alone = await model.supervise([good], step);
    model.load(state);
    const first = model.supervise([good], step);
    for (const call of [
      model.supervise([good], step),
      model.score([[1, 2]]),
      model.generate([[1]], go),
      model.save(),
    ]) {
      await expect(call).rejects.toThrow(/Await/);
    }
    expect(await first).toEqual(alone);
    expect((await model.save()).updates).toBe(state.updates + 1);
  });

  it('of states that are none of this shape', async () => {
    const other = trainedState({ ...config, num_hidden_layers: 1 }, 1);
    expect(() => model.load(other)).toThrow(UnsupportedModelError);
    expect(() => model.load({ ...state, reference: new Float32Array(4) })).toThrow(UnsupportedModelError);
    expect(await model.save()).toEqual(state);
    const short = { ...state, parameters: new Float32Array(4) };
    await expect(openModel(backend, short)).rejects.toThrow(UnsupportedModelError);
    const odd = { ...state, config: { ...config, num_key_value_heads: 3 } };
    await expect(openModel(backend, odd)).rejects.toThrow(/multiple of num_key_value_heads/);
  });
});
