import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UnsupportedModelError } from '../../src/model/config';
import type { LanguageModel } from '../../src/lm/language-model';
import { BatchError } from '../../src/model/requests';
import { trainedState } from '../oracle/batches';
import { tinyConfigs } from '../oracle/configs';
import { openEngine, type Engine } from '../oracle/engine';

const config = tinyConfigs['tied, grouped-query'];
const state = trainedState(config, 1);
const options = { learningRate: 1e-3, gradientClip: 1 };
const draw = { seed: 1, stream: 'sampling', step: 1, rollouts: [0], phase: 0 } as const;
const settings = {
  ...options,
  beta: 0.01,
  epsilon: 0.2,
  lossMean: 'tokens',
  normalize: true,
  updatesPerBatch: 1,
} as const;

/** What the engine cannot compute it refuses, and the parameters stay as they were. */
describe('refusals', () => {
  let engine: Engine;
  let model: LanguageModel;

  beforeAll(async () => {
    engine = await openEngine();
    model = await engine.load(state);
  });
  afterAll(() => engine.close());

  it('does not learn from a batch that predicts nothing', async () => {
    await expect(model.supervise([{ ids: [1, 2, 3], weights: [1, 0, 0] }], options)).rejects.toThrow(BatchError);
    await expect(model.update([], settings)).rejects.toThrow(BatchError);
    await expect(model.update([{ ids: [1, 2], learnableFrom: 2, reward: 1 }], settings)).rejects.toThrow(/Sample 0/);
    await expect(model.update([{ ids: [1, 2], learnableFrom: 0, reward: 1 }], settings)).rejects.toThrow(/Sample 0/);
    expect((await model.save()).parameters).toEqual(state.parameters);
    expect((await model.save()).updates).toBe(state.updates);
  });

  it('does not read past its positions or its vocabulary', async () => {
    const long = Array.from({ length: config.max_position_embeddings + 1 }, () => 1);
    await expect(model.supervise([{ ids: long, weights: long }], options)).rejects.toThrow(/Shorten/);
    const stray = [1, config.vocab_size];
    await expect(model.score([stray])).rejects.toThrow(/outside/);
    await expect(model.generate([stray], { maxNewTokens: 2, temperature: 1, draw })).rejects.toThrow(/outside/);
    await expect(model.generate([[]], { maxNewTokens: 2, temperature: 1, draw })).rejects.toThrow(/empty/);
  });

  it('generates one call at a time, with a rollout number a prompt, and at least a token', async () => {
    const go = { maxNewTokens: 2, temperature: 1, draw };
    const first = model.generate([[1, 2]], go);
    await expect(model.generate([[1, 2]], go)).rejects.toThrow(/Await/);
    const once = await first;
    await expect(model.generate([[1, 2], [3]], go)).rejects.toThrow(/rollout/);
    await expect(model.generate([[1, 2]], { ...go, cache: [1, 2] })).rejects.toThrow(/cache key/);
    await expect(model.generate([[1, 2]], { ...go, maxNewTokens: 0 })).rejects.toThrow(/one at least/);
    expect(await model.generate([[1, 2]], go)).toEqual(once);
  });

  it('takes no state of another shape', () => {
    const other = trainedState({ ...config, num_hidden_layers: 1 }, 1);
    expect(() => {
      model.load(other);
    }).toThrow(UnsupportedModelError);
  });

  it('scores two models that share a workspace in one tick', async () => {
    const other = await engine.load(trainedState(config, 2));
    const ids = [[1, 2, 3, 4]];
    const [a, b] = await Promise.all([model.score(ids), other.score(ids)]);
    expect(a).toEqual(await model.score(ids));
    expect(b).toEqual(await other.score(ids));
    expect(a).not.toEqual(b);
  });
});
