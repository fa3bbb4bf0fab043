import { describe, expect, test } from 'vitest';
import { Random } from '../../src/random/philox';
import { generate, oracleState, randomState, supervise, updatePolicy } from '../oracle/agent';
import { tinyConfigs } from '../oracle/configs';
import { forward } from '../oracle/decoder';
import { logitsAt, tokenLogprobs } from '../oracle/losses';
import { adamw, clipScale, EPSILON, globalNorm, type AdamW } from '../oracle/optimizer';
import { softmax } from '../oracle/operations';
import { sample } from '../oracle/sampling';

const tiny = tinyConfigs['tied, grouped-query'];
const stateOf = (seed: number) => {
  const random = new Random(seed, 'weights');
  return oracleState(randomState(tiny, () => random.uniform()));
};

describe('AdamW', () => {
  const fresh = (...parameters: number[]): AdamW => ({
    parameters: Float64Array.from(parameters),
    firstMoment: new Float64Array(parameters.length),
    secondMoment: new Float64Array(parameters.length),
    updates: 0,
  });

  test('under a constant gradient every step is the learning rate', () => {
    const state = fresh(1, 1);
    for (let n = 0; n < 5; n++) adamw(state, Float64Array.of(3, -0.01), 1, 0.1);
    expect(state.parameters[0]).toBeCloseTo(1 - (0.5 * 3) / (3 + EPSILON), 10);
    expect(state.parameters[1]).toBeCloseTo(1 + (0.5 * 0.01) / (0.01 + EPSILON), 10);
  });

  test('corrects the bias: moments are weighted means of the gradients so far', () => {
    const state = fresh(0);
    adamw(state, Float64Array.of(1), 1, 0);
    adamw(state, Float64Array.of(-2), 1, 1);
    const first = (0.9 * 1 + 1 * -2) / 1.9;
    const second = (0.95 * 1 + 1 * 4) / 1.95;
    expect(state.parameters[0]).toBeCloseTo(-first / (Math.sqrt(second) + EPSILON), 12);
  });

  test('decays weights apart from the gradient', () => {
    const state = fresh(2);
    adamw(state, Float64Array.of(0), 1, 0.1, 0.5);
    expect(state.parameters[0]).toBeCloseTo(2 - 0.1 * 0.5 * 2, 12);
  });

  test('clipping brings the norm down to the limit and leaves shorter gradients alone', () => {
    const gradient = Float64Array.of(3, 4);
    expect(globalNorm(gradient)).toBe(5);
    expect(5 * clipScale(5, 1)).toBeCloseTo(1, 6);
    expect(clipScale(5, 10)).toBe(1);
  });
});

describe('sampling', () => {
  test('inverts the cumulative distribution in the order of ids, at the temperature', () => {
    const logits = Float64Array.of(Math.log(0.2), Math.log(0.5), Math.log(0.3));
    expect([0, 0.1999, 0.2001, 0.6999, 0.7001, 0.9999].map((u) => sample(logits, 1, u).token)).toEqual([
      0, 0, 1, 1, 2, 2,
    ]);
    // At temperature 0.5 the probabilities are squared: 4, 25 and 9 of 38.
    expect([4 / 38 - 1e-6, 4 / 38 + 1e-6, 29 / 38 + 1e-6].map((u) => sample(logits, 0.5, u).token)).toEqual([0, 1, 2]);
  });

  test('stops at the end token, at the limit, and reports temperature-1 log-probabilities and probes', () => {
    const state = stateOf(1);
    const draw = { seed: 1, stream: 'sampling' as const, step: 0, rollouts: [0], phase: 0 };
    const sampled = generate(state, [1, 2], 0, { endTokens: [] }, { maxNewTokens: 5, temperature: 1.5, draw });
    expect(sampled.ids).toHaveLength(7);
    expect(sampled.logprobs).toEqual(
      tokenLogprobs(forward(state, sampled.ids))
        .slice(2)
        .map((x) => expect.closeTo(x, 12) as number),
    );
    const stopped = generate(
      state,
      [1, 2],
      0,
      { endTokens: [sampled.ids[4]] },
      { maxNewTokens: 5, temperature: 1.5, draw },
    );
    expect(stopped.ids).toEqual(sampled.ids.slice(0, 5));
    const probes = [
      { after: sampled.ids[3], token: 9 },
      { after: 99, token: 9 },
    ];
    const probed = generate(state, [1, 2], 0, { endTokens: [] }, { maxNewTokens: 5, temperature: 1.5, draw, probes });
    expect(probed.probes).toEqual([
      expect.closeTo(softmax(logitsAt(forward(state, sampled.ids.slice(0, 4)), 3))[9], 12),
      NaN,
    ]);
  });
});

describe('training', () => {
  test('cross-entropy falls on a fixed batch', () => {
    const state = stateOf(1);
    const examples = [{ ids: [1, 2, 3, 4, 5], weights: [0, 1, 1, 1, 1] }];
    const losses = Array.from(
      { length: 20 },
      () => supervise(state, examples, { learningRate: 0.01, gradientClip: 1 }).loss,
    );
    expect(losses[19]).toBeLessThan(0.2 * losses[0]);
  });

  test('a policy update raises what was rewarded and lowers what was not, twice per batch if asked', () => {
    const state = stateOf(1);
    const samples = [
      { ids: [1, 2, 3], learnableFrom: 2, reward: 1 },
      { ids: [1, 2, 4], learnableFrom: 2, reward: 0 },
    ];
    const before = samples.map(({ ids }) => tokenLogprobs(forward(state, ids))[2]);
    const report = updatePolicy(state, samples, {
      learningRate: 0.001,
      beta: 0.01,
      epsilon: 1e-4,
      lossMean: 'tokens',
      normalize: true,
      updatesPerBatch: 2,
      gradientClip: 1,
    });
    const after = samples.map(({ ids }) => tokenLogprobs(forward(state, ids))[2]);
    expect(after[0]).toBeGreaterThan(before[0]);
    expect(after[1]).toBeLessThan(before[1]);
    expect(report.losses[0]).toBeCloseTo(0, 12);
    expect(report.losses[1]).toBeLessThan(0);
    expect(report).toMatchObject({
      kl: 0,
      clip_ratio: 1,
      tokens: 2,
      advantages: [expect.closeTo(1, 9), expect.closeTo(-1, 9)],
    });
    expect(state.updates).toBe(2);
  });
});
