import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UpdateOptions } from '../../src/model/agent';
import { oracleState, supervise, updatePolicy } from '../oracle/agent';
import { randomExamples, randomPrompts, randomSamples, trainedState } from '../oracle/batches';
import { relativeDifference } from '../oracle/compare';
import { tinyConfigs } from '../oracle/configs';
import { forward } from '../oracle/decoder';
import { tokenEntropies, tokenLogprobs } from '../oracle/losses';
import { openEngine, type Engine } from '../oracle/engine';
import { expectEqualStates } from '../oracle/equal-states';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

const config = tinyConfigs['tied, grouped-query'];
const lengths = [9, 2, 21, 14];

describe('one supervised step', () => {
  test.each([
    ['clipped', 0.1],
    ['not clipped', 1e9],
  ])('moves parameters and moments as AdamW does: gradient %s', async (_, gradientClip) => {
    const state = trainedState(config, 1);
    const oracle = oracleState(state);
    const examples = randomExamples(config, 2, lengths);
    const options = { learningRate: 0.003, gradientClip };
    const { grad_norm } = supervise(oracle, examples, options);
    expect(grad_norm).toBeGreaterThan(0.1);
    const model = await engine.load(state);
    await model.supervise(examples, options);
    expectEqualStates(await model.save(), oracle, state);
  });
});

test('fifty supervised steps on fixed batches stay together', async () => {
  const state = trainedState(tinyConfigs['untied, one key/value head per query head'], 3);
  const oracle = oracleState(state);
  const model = await engine.load(state);
  const batches = [4, 5, 6].map((seed) => randomExamples(state.config, seed, [8, 11, 5]));
  const options = { learningRate: 0.003, gradientClip: 1 };
  const losses: [engine: number, oracle: number][] = [];
  for (let step = 0; step < 50; step++) {
    const examples = batches[step % batches.length];
    const { loss } = await model.supervise(examples, options);
    losses.push([loss, supervise(oracle, examples, options).loss]);
  }
  expect(losses[49][1]).toBeLessThan(0.5 * losses[0][1]);
  for (const [step, [a, b]] of losses.entries()) expect(Math.abs(a - b), `step ${step}`).toBeLessThan(1e-4);
});

const defaults: UpdateOptions = {
  learningRate: 0.003,
  beta: 0.05,
  epsilon: 0.2,
  lossMean: 'tokens',
  normalize: true,
  updatesPerBatch: 1,
  gradientClip: 1,
};

describe('one policy update', () => {
  test.each<[string, Partial<UpdateOptions>]>([
    ['by default', {}],
    ['mean per sequence', { lossMean: 'sequences' }],
    ['advantages as they are', { normalize: false }],
    ['no KL penalty, gradient not clipped', { beta: 0, gradientClip: 1e9 }],
    ['two updates', { updatesPerBatch: 2 }],
    ['three updates that reach the clip range', { updatesPerBatch: 3, epsilon: 0.02, lossMean: 'sequences' }],
  ])('%s', async (_, changes) => {
    const options = { ...defaults, ...changes };
    const state = trainedState(config, 1);
    const oracle = oracleState(state);
    const samples = randomSamples(config, 5, lengths);
    const model = await engine.load(state);
    const report = await model.update(samples, options);
    const expected = updatePolicy(oracle, samples, options);
    if (options.epsilon < 0.1) expect(expected.clip_ratio).toBeGreaterThan(0);
    expectEqualStates(await model.save(), oracle, state);
    expect(report.loss).toBeCloseTo(expected.losses.at(-1) ?? NaN, 4);
    expect(report.kl).toBeCloseTo(expected.kl, 4);
    expect(report.entropy).toBeCloseTo(expected.entropy, 4);
    expect(relativeDifference([report.grad_norm], [expected.grad_norm])).toBeLessThan(1e-4);
    expect(report.clip_ratio).toBeCloseTo(expected.clip_ratio, 5);
    expect(report.tokens).toBe(expected.tokens);
    expect(relativeDifference(report.advantages, expected.advantages)).toBeLessThan(1e-4);
  });

  test('with equal rewards and no penalty changes nothing but what momentum carries', async () => {
    const state = trainedState(config, 1);
    state.firstMoment.fill(0);
    const samples = randomSamples(config, 5, lengths).map((sample) => ({ ...sample, reward: 1 }));
    const model = await engine.load(state);
    const report = await model.update(samples, { ...defaults, beta: 0 });
    expect(report.grad_norm).toBe(0);
    expect((await model.save()).parameters).toEqual(state.parameters);
  });
});

test('thirty policy updates stay together', async () => {
  const state = trainedState(config, 8);
  const oracle = oracleState(state);
  const model = await engine.load(state);
  for (let step = 0; step < 30; step++) {
    const samples = randomSamples(config, 100 + (step % 4), [6, 9, 4]);
    const options = { ...defaults, updatesPerBatch: 2 };
    const report = await model.update(samples, options);
    const expected = updatePolicy(oracle, samples, options);
    expect(Math.abs(report.loss - (expected.losses.at(-1) ?? NaN)), `loss, step ${step}`).toBeLessThan(1e-3);
    expect(Math.abs(report.kl - expected.kl), `KL, step ${step}`).toBeLessThan(1e-3);
  }
});

test('scores are log-probabilities and entropies under the present parameters', async () => {
  const state = trainedState(config, 1);
  const sequences = randomPrompts(config, 4, [12, 2, 33]);
  const model = await engine.load(state);
  const scores = await model.score(sequences);
  for (const [s, ids] of sequences.entries()) {
    const trace = forward(oracleState(state), ids);
    expect(relativeDifference(scores[s].logprobs, tokenLogprobs(trace).slice(1))).toBeLessThan(1e-5);
    expect(relativeDifference(scores[s].entropies, tokenEntropies(trace).slice(1))).toBeLessThan(1e-5);
  }
});

describe('save and load', () => {
  test('give back every bit', async () => {
    const state = trainedState(config, 1);
    const model = await engine.load(state);
    expect(await model.save()).toEqual(state);
  });

  test('resume as if never stopped, bit for bit', async () => {
    const state = trainedState(config, 1);
    const batches = [1, 2, 3, 4, 5, 6].map((seed) => randomSamples(config, seed, [seed + 3, 12, 20 - seed]));
    const whole = await engine.load(state);
    for (const samples of batches) await whole.update(samples, defaults);
    const first = await engine.load(state);
    for (const samples of batches.slice(0, 3)) await first.update(samples, defaults);
    const second = await engine.load(await first.save());
    for (const samples of batches.slice(3)) await second.update(samples, defaults);
    expect(await second.save()).toEqual(await whole.save());
  });
});

test('an anchored policy is its own reference from then on', async () => {
  const model = await engine.load(trainedState(config, 1));
  const update = (seed: number) => model.update(randomSamples(config, seed, lengths), defaults);
  await update(1);
  expect(Math.abs((await update(2)).kl)).toBeGreaterThan(1e-4);
  const before = await model.save();
  model.anchor();
  expect(await model.save()).toEqual({ ...before, reference: before.parameters });
  const { kl } = await update(3);
  expect(kl).toBe(0);
  const after = await model.save();
  expect(after.reference).toEqual(before.parameters);
  expect(after.parameters).not.toEqual(before.parameters);
});
