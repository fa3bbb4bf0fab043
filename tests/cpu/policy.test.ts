import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CpuBackend } from '../../src/cpu/cpu-backend';
import type { CpuModel } from '../../src/cpu/cpu-model';
import type { UpdateOptions, UpdateReport } from '../../src/model/agent';
import { parameterLayout } from '../../src/model/layout';
import { oracleState, updatePolicy } from '../oracle/agent';
import { randomPrompts, randomSamples, trainedState } from '../oracle/batches';
import { differenceByTensor, relativeDifference } from '../oracle/compare';
import { tinyConfigs } from '../oracle/configs';
import { forward } from '../oracle/decoder';
import { expectEqualStates } from '../oracle/equal-states';
import { tokenEntropies, tokenLogprobs } from '../oracle/losses';
import { openCpu, openModel } from './open';

let backend: CpuBackend;
beforeAll(() => {
  backend = openCpu();
});
afterAll(() => backend.close());

const tiny = tinyConfigs['tied, grouped-query'];
const policy: UpdateOptions = {
  ...{ learningRate: 3e-3, gradientClip: 1, beta: 0.05, epsilon: 0.2 },
  ...{ lossMean: 'tokens', normalize: true, updatesPerBatch: 1 },
};
const clipped = { updatesPerBatch: 3, epsilon: 0.1, learningRate: 1e-3 } as const;
const cases: [string, Partial<UpdateOptions>][] = [
  ['mean over tokens', {}],
  ['mean per sequence', { lossMean: 'sequences' }],
  ['advantages as they are', { normalize: false }],
  ['mean per sequence, advantages as they are', { lossMean: 'sequences', normalize: false }],
  ['no penalty, gradient not clipped', { beta: 0, gradientClip: 1e9 }],
  ['three updates that reach the clip range', clipped],
  ['three of them, mean per sequence', { ...clipped, lossMean: 'sequences', normalize: false }],
];

type Expected = Omit<UpdateReport, 'loss'> & { losses: number[] };

function expectEqualReports(report: UpdateReport, expected: Expected, tolerance = 1e-4): void {
  expect(Math.abs(report.loss - expected.losses[expected.losses.length - 1])).toBeLessThan(tolerance);
  expect(Math.abs(report.kl - expected.kl)).toBeLessThan(tolerance);
  expect(Math.abs(report.entropy - expected.entropy)).toBeLessThan(tolerance);
  expect(relativeDifference([report.grad_norm], [expected.grad_norm])).toBeLessThan(tolerance);
  expect(report.clip_ratio).toBeCloseTo(expected.clip_ratio, 10);
  expect(report.tokens).toBe(expected.tokens);
  expect(relativeDifference(report.advantages, expected.advantages)).toBeLessThan(tolerance);
}

describe.each(Object.entries(tinyConfigs))('a policy update of %s', (_, config) => {
  const state = trainedState(config, 1);
  let whole: CpuModel;
  let parts: CpuModel;
  beforeAll(async () => {
    whole = await openModel(backend, state);
    // What is below comes to six parts.
    parts = await openModel(backend, state, { microBatchTokens: 41 });
  });
  beforeEach(() => {
    whole.load(state);
    parts.load(state);
  });

  it.each(cases)('is that in double precision: %s', async (_, changes) => {
    const options = { ...policy, ...changes };
    const oracle = oracleState(state);
    const samples = randomSamples(config, 5, [9, 2, 21, 14]);
    const expected = updatePolicy(oracle, samples, options);
    if (options.epsilon < policy.epsilon) {
      expect(expected.clip_ratio).toBeGreaterThan(0);
      expect(expected.clip_ratio).toBeLessThan(1);
    }
    expectEqualReports(await whole.update(samples, options), expected);
    expectEqualStates(await whole.save(), oracle, state);
  });

  it.each(cases)('is the same in parts: %s', async (_, changes) => {
    const options = { ...policy, ...changes };
    const samples = randomSamples(config, 5, [30, 9, 21, 2, 38, 14, 17, 41, 12]);
    const found = await parts.update(samples, options);
    const expected = await whole.update(samples, options);
    expectEqualReports(found, { ...expected, losses: [expected.loss] }, 1e-5);
    // Later updates begin at parameters that differ in their last bits.
    if (options.updatesPerBatch > 1) return;
    const gradient = Float64Array.from(whole.gradient);
    const layout = parameterLayout(config);
    for (const [name, difference] of Object.entries(differenceByTensor(layout, parts.gradient, gradient))) {
      expect(difference, name).toBeLessThan(1e-5);
    }
  });

  it('begins with scores that are right, whole and in parts', async () => {
    const sequences = randomPrompts(config, 4, [12, 2, 33, 1, 9]);
    for (const model of [whole, parts]) {
      const scores = await model.score(sequences);
      expect(scores[3]).toEqual({ logprobs: [], entropies: [] });
      for (const [s, ids] of sequences.entries()) {
        const trace = forward(oracleState(state), ids);
        expect(relativeDifference(scores[s].logprobs, tokenLogprobs(trace).slice(1))).toBeLessThan(1e-5);
        expect(relativeDifference(scores[s].entropies, tokenEntropies(trace).slice(1))).toBeLessThan(1e-5);
      }
      expect(await model.save()).toEqual(state);
    }
  });
});

describe('policy updates', () => {
  it('stay with double precision for thirty batches', async () => {
    const state = trainedState(tiny, 8);
    const oracle = oracleState(state);
    const model = await openModel(backend, state);
    const options = { ...policy, updatesPerBatch: 2 };
    for (let step = 0; step < 30; step++) {
      const samples = randomSamples(tiny, 100 + (step % 4), [6, 9, 4]);
      const report = await model.update(samples, options);
      const expected = updatePolicy(oracle, samples, options);
      expect(Math.abs(report.loss - expected.losses[1]), `loss, step ${step}`).toBeLessThan(1e-3);
      expect(Math.abs(report.kl - expected.kl), `KL, step ${step}`).toBeLessThan(1e-3);
    }
  });

  it('with equal rewards and no penalty change nothing but what momentum carries', async () => {
    const state = trainedState(tiny, 1);
    state.firstMoment.fill(0);
    const samples = randomSamples(tiny, 5, [9, 2, 21, 14]).map((sample) => ({ ...sample, reward: 1 }));
    const model = await openModel(backend, state);
    const report = await model.update(samples, { ...policy, beta: 0 });
    expect(report.grad_norm).toBe(0);
    expect((await model.save()).parameters).toEqual(state.parameters);
  });

  it('measure themselves against the policy that was anchored last', async () => {
    const model = await openModel(backend, trainedState(tiny, 1));
    const update = (seed: number) => model.update(randomSamples(tiny, seed, [9, 2, 21, 14]), policy);
    await update(1);
    expect(Math.abs((await update(2)).kl)).toBeGreaterThan(1e-4);
    const before = await model.save();
    model.anchor();
    expect(await model.save()).toEqual({ ...before, reference: before.parameters });
    expect((await update(3)).kl).toBe(0);
    const after = await model.save();
    expect(after.reference).toEqual(before.parameters);
    expect(after.parameters).not.toEqual(before.parameters);
  });
});
