import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Random } from '../../src/random/philox';
import type { LossMean } from '../../src/model/agent';
import { oracleState, randomState } from './agent';
import { tinyConfigs } from './configs';
import { forward } from './decoder';
import { clippedSurrogate, logitsAt, tokenAdvantages, tokenEntropies, tokenLogprobs } from './losses';
import { softmax } from './operations';

describe('token statistics', () => {
  test('log-probabilities are those of a distribution, and entropy is its mean surprise', () => {
    const random = new Random(1, 'weights');
    const state = oracleState(randomState(tinyConfigs['tied, grouped-query'], () => random.uniform()));
    const trace = forward(state, [1, 2, 3]);
    const probabilities = softmax(logitsAt(trace, 1));
    expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    expect(tokenLogprobs(trace)[2]).toBeCloseTo(Math.log(probabilities[3]), 12);
    const surprise = probabilities.reduce((sum, p) => sum - p * Math.log(p), 0);
    expect(tokenEntropies(trace)[2]).toBeCloseTo(surprise, 12);
  });
});

describe('advantages', () => {
  const samples = [
    { ids: [1, 2, 3, 4], learnableFrom: 2, reward: 1 },
    { ids: [1, 5], learnableFrom: 1, reward: -0.5 },
  ];
  const old = [
    [NaN, -1, -2, -3],
    [NaN, -4],
  ];
  const reference = [
    [NaN, -9, -2.5, -2],
    [NaN, -4.25],
  ];

  test('are the terminal reward less β times the KL still to come', () => {
    // log(π_old/π_ref) is 0.5 and −1 in the first, 0.25 in the second.
    expect(tokenAdvantages(samples, old, reference, { beta: 0.1, normalize: false })).toEqual([
      [1 - 0.1 * (0.5 - 1), 1 + 0.1],
      [-0.5 - 0.1 * 0.25],
    ]);
  });

  test('are whitened over the tokens of the batch', () => {
    const all = tokenAdvantages(samples, old, reference, { beta: 0.1, normalize: true }).flat();
    expect(all.reduce((a, b) => a + b)).toBeCloseTo(0, 12);
    expect(all.reduce((a, b) => a + b * b, 0) / all.length).toBeCloseTo(1, 12);
  });

  test('stay finite where all are equal', () => {
    const equal = samples.map((s) => ({ ...s, reward: 1 }));
    expect(tokenAdvantages(equal, old, old, { beta: 0.1, normalize: true }).flat()).toEqual([0, 0, 0]);
  });
});

describe('the clipped surrogate', () => {
  /** A batch whose policy was sure of every token. */
  const surrogate = (logprobs: number[][], advantages: number[][], lossMean: LossMean) =>
    clippedSurrogate(
      logprobs.map((row) => ({ ids: [0, ...row.map(() => 0)], learnableFrom: 1, reward: 0 })),
      logprobs.map((row) => [NaN, ...row]),
      logprobs.map((row) => [NaN, ...row.map(() => 0)]),
      advantages,
      { epsilon: 0.2, lossMean },
    );

  test.each([
    ['inside', 1.1, 2, 2.2, 2.2, 0],
    ['above, good: held', 1.5, 2, 2.4, 0, 1],
    ['above, bad: pushed back', 1.5, -2, -3, -3, 1],
    ['below, bad: held', 0.5, -2, -1.6, 0, 1],
    ['below, good: pushed back', 0.5, 2, 1, 1, 1],
    ['at the old policy', 1, 0.7, 0.7, 0.7, 0],
  ])('%s', (_, ratio, advantage, objective, derivative, outside) => {
    const { loss, slopes, clipped } = surrogate([[Math.log(ratio)]], [[advantage]], 'tokens');
    expect(-loss).toBeCloseTo(objective, 12);
    expect(-slopes[0][1]).toBeCloseTo(derivative, 12);
    expect(clipped).toBe(outside);
  });

  test.each([
    ['tokens', [1 / 4, 1 / 4]],
    ['sequences', [1 / 6, 1 / 2]],
  ] as const)('weighs %s', (lossMean, weights) => {
    const { slopes } = surrogate([[0, 0, 0], [0]], [[1, 1, 1], [1]], lossMean);
    weights.forEach((weight, s) => slopes[s].slice(1).forEach((slope) => expect(-slope).toBeCloseTo(weight, 12)));
  });

  test('counts the tokens outside the range', () => {
    expect(surrogate([[0.5, 0, -0.5, 0.1]], [[1, 1, 1, 1]], 'tokens').clipped).toBe(2);
  });

  test('its slopes are its finite differences, and nothing pushes a ratio further out', () => {
    const token = fc.record({
      change: fc.double({ min: -1, max: 1, noNaN: true }),
      advantage: fc.double({ min: -2, max: 2, noNaN: true }),
    });
    fc.assert(
      fc.property(
        token,
        fc.constantFrom('tokens' as const, 'sequences' as const),
        ({ change, advantage }, lossMean) => {
          fc.pre(Math.min(Math.abs(Math.exp(change) - 0.8), Math.abs(Math.exp(change) - 1.2)) > 1e-3);
          const at = (x: number) => surrogate([[x]], [[advantage]], lossMean);
          const slope = at(change).slopes[0][1];
          expect(slope).toBeCloseTo((at(change + 1e-6).loss - at(change - 1e-6).loss) / 2e-6, 6);
          if (Math.exp(change) > 1.2 && advantage > 0) expect(slope).toBe(0);
          if (Math.exp(change) < 0.8 && advantage < 0) expect(slope).toBe(0);
        },
      ),
    );
  });
});
