import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { LanguageModel } from '../../src/lm/language-model';
import { split } from '../../src/lm/batch';
import { parameterLayout } from '../../src/model/layout';
import { TrainingWorkspace } from '../../src/lm/workspace';
import type { UpdateOptions } from '../../src/model/agent';
import { oracleState, updatePolicy } from '../oracle/agent';
import { randomExamples, randomPrompts, randomSamples, trainedState } from '../oracle/batches';
import { differenceByTensor, relativeDifference } from '../oracle/compare';
import { tinyConfigs } from '../oracle/configs';
import { end, openEngine, type Engine } from '../oracle/engine';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

/** With 40 tokens at once these are six parts. */
const lengths = [30, 9, 21, 2, 38, 14, 17, 41, 12];
const tokens = lengths.reduce((sum, length) => sum + length - 1, 0);
const AT_ONCE = 40;
const step = { learningRate: 0.003, gradientClip: 1 };
const policy: UpdateOptions = {
  ...step,
  beta: 0.05,
  epsilon: 0.2,
  lossMean: 'tokens',
  normalize: true,
  updatesPerBatch: 1,
};

/** A model that computes a batch at once, or at most so many tokens of it. */
async function load(config = tinyConfigs['tied, grouped-query'], microBatchTokens = tokens): Promise<LanguageModel> {
  const generation = { slots: 4, newTokens: 8 };
  await engine.gpu.prepare(LanguageModel.kernels(config, generation.newTokens));
  const workspace = new TrainingWorkspace(engine.gpu, config, { tokens, sequences: 16, microBatchTokens });
  const model = new LanguageModel(engine.gpu, config, { rules: { endTokens: [end] }, workspace, generation });
  model.load(trainedState(config, 1));
  return model;
}

describe('a batch in parts', () => {
  it('is cut between sequences, in order, as late as may be', () => {
    const sequences = lengths.map((length) => ({ ids: Array<number>(length).fill(1), weights: [], reward: 0 }));
    const parts = split(sequences, AT_ONCE);
    expect(parts.flat()).toEqual(sequences);
    expect(parts.map((part) => part.map(({ ids }) => ids.length))).toEqual([
      [30, 9],
      [21, 2],
      [38],
      [14, 17],
      [41],
      [12],
    ]);
    expect(() => split(sequences, 39)).toThrow(/longest/);
  });

  describe.each(Object.entries(tinyConfigs))('%s', (_, config) => {
    const layout = parameterLayout(config);
    /** The gradients of two models that made the same step, tensor by tensor. */
    async function expectSameGradient(parts: LanguageModel, whole: LanguageModel) {
      const [found, expected] = [await parts.gradient(), Float64Array.from(await whole.gradient())];
      for (const [name, difference] of Object.entries(differenceByTensor(layout, found, expected))) {
        expect(difference, name).toBeLessThan(1e-5);
      }
    }

    test('has the gradient and loss of the whole batch: supervised', async () => {
      const [parts, whole] = [await load(config, AT_ONCE), await load(config)];
      const examples = randomExamples(config, 2, lengths);
      const [found, expected] = [await parts.supervise(examples, step), await whole.supervise(examples, step)];
      expect(relativeDifference([found.loss, found.grad_norm], [expected.loss, expected.grad_norm])).toBeLessThan(1e-5);
      expect(found.tokens).toBe(expected.tokens);
      await expectSameGradient(parts, whole);
    });

    test.each<[string, Partial<UpdateOptions>]>([
      ['by default', {}],
      ['mean per sequence, advantages as they are', { lossMean: 'sequences', normalize: false }],
      ['three updates that reach the clip range', { updatesPerBatch: 3, epsilon: 0.02 }],
    ])('has the gradient and report of the whole batch: policy, %s', async (_, changes) => {
      const [parts, whole] = [await load(config, AT_ONCE), await load(config)];
      const samples = randomSamples(config, 5, lengths);
      const options = { ...policy, ...changes };
      const [found, expected] = [await parts.update(samples, options), await whole.update(samples, options)];
      expect(found.tokens).toBe(expected.tokens);
      for (const figure of ['kl', 'entropy', 'grad_norm', 'clip_ratio'] as const) {
        expect(relativeDifference([found[figure]], [expected[figure]]), figure).toBeLessThan(1e-5);
      }
      expect(Math.abs(found.loss - expected.loss)).toBeLessThan(1e-6);
      expect(relativeDifference(found.advantages, expected.advantages)).toBeLessThan(1e-5);
      // Later updates begin at parameters that differ in their last bits.
      if (options.updatesPerBatch === 1) await expectSameGradient(parts, whole);
    });
  });

  test('is what the reference computes', async () => {
    const config = tinyConfigs['tied, grouped-query'];
    const model = await load(config, AT_ONCE);
    const oracle = oracleState(trainedState(config, 1));
    const samples = randomSamples(config, 5, lengths);
    const options = { ...policy, updatesPerBatch: 2 };
    const report = await model.update(samples, options);
    const expected = updatePolicy(oracle, samples, options);
    const { parameters } = await model.save();
    for (const [name, difference] of Object.entries(differenceByTensor(oracle.layout, parameters, oracle.parameters))) {
      expect(difference, name).toBeLessThan(1e-4);
    }
    expect(report.loss).toBeCloseTo(expected.losses[1], 4);
    expect(relativeDifference(report.advantages, expected.advantages)).toBeLessThan(1e-4);
  });

  test('stays with the whole batch for twenty steps of either kind', async () => {
    const config = tinyConfigs['untied, one key/value head'];
    const [parts, whole] = [await load(config, AT_ONCE), await load(config)];
    for (let n = 0; n < 20; n++) {
      const examples = randomExamples(config, n % 3, lengths);
      const a = await parts.supervise(examples, step);
      const b = await whole.supervise(examples, step);
      expect(Math.abs(a.loss - b.loss), `loss, step ${n}`).toBeLessThan(1e-4);
    }
    for (let n = 0; n < 20; n++) {
      const samples = randomSamples(config, n % 3, lengths);
      const a = await parts.update(samples, policy);
      const b = await whole.update(samples, policy);
      expect(Math.abs(a.loss - b.loss), `loss, update ${n}`).toBeLessThan(1e-4);
      expect(Math.abs(a.kl - b.kl), `KL, update ${n}`).toBeLessThan(1e-4);
    }
  });

  test('of which one part predicts nothing', async () => {
    const config = tinyConfigs['tied, grouped-query'];
    const [parts, whole] = [await load(config, AT_ONCE), await load(config)];
    const examples = randomExamples(config, 2, [38, 38, 38]).map((example, i) =>
      i === 1 ? { ...example, weights: example.weights.map(() => 0) } : example,
    );
    const [found, expected] = [await parts.supervise(examples, step), await whole.supervise(examples, step)];
    expect(found.loss).toBeCloseTo(expected.loss, 5);
    expect(relativeDifference([found.grad_norm], [expected.grad_norm])).toBeLessThan(1e-5);
  });

  test('is scored bit for bit as the whole one', async () => {
    const [parts, whole] = [await load(undefined, AT_ONCE), await load()];
    const sequences = randomPrompts(tinyConfigs['tied, grouped-query'], 4, lengths);
    expect(await parts.score(sequences)).toEqual(await whole.score(sequences));
  });
});

test('prompts read in turns give the bits of prompts read at once', async () => {
  const config = tinyConfigs['tied, grouped-query'];
  // Seven tokens at once cut every prompt; a workspace has room for one sequence only where it is to learn from it.
  const [turns, once] = [await load(config, 7), await load(config)];
  const prompts = randomPrompts(config, 6, [20, 3, 33, 9]);
  const draw = { seed: 3, stream: 'sampling', step: 1, rollouts: [1, 2, 3, 4], phase: 0 } as const;
  const options = { maxNewTokens: 8, temperature: 1, draw, cache: draw.rollouts };
  const first = await turns.generate(prompts, options);
  expect(first).toEqual(await once.generate(prompts, options));
  const longer = first.map(({ ids }, i) => [...ids, ...prompts[i].slice(0, 5)]);
  expect(await turns.generate(longer, options)).toEqual(await once.generate(longer, options));
});

test('submits once for a batch that fits, at most twice a part for one that does not, and reads once', async () => {
  const config = tinyConfigs['tied, grouped-query'];
  const { gpu } = engine;
  const counted = async (work: () => Promise<unknown>) => {
    const before = { ...gpu.counters, reads: gpu.readback.count };
    await work();
    const { submits, buffers, bindGroups } = gpu.counters;
    return [
      submits - before.submits,
      gpu.readback.count - before.reads,
      buffers - before.buffers + bindGroups - before.bindGroups,
    ];
  };
  const samples = randomSamples(config, 5, lengths);
  const examples = randomExamples(config, 2, lengths);
  const [parts, whole] = [await load(config, AT_ONCE), await load(config)];
  expect(await counted(() => whole.update(samples, policy))).toEqual([1, 1, 0]);
  expect(await counted(() => whole.update(samples, { ...policy, updatesPerBatch: 2 }))).toEqual([2, 1, 0]);
  expect(await counted(() => whole.supervise(examples, step))).toEqual([1, 1, 0]);
  // Six parts: each uploaded to be scored, and all but the last one again to learn from it.
  expect(await counted(() => parts.update(samples, policy))).toEqual([11, 1, 0]);
  expect(await counted(() => parts.supervise(examples, step))).toEqual([6, 1, 0]);
});
