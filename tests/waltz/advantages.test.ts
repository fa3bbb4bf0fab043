import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { baselined, policyLoss, surrogate, tokenAdvantages, tokenWeights } from '../../src/waltz/advantages';

describe('group baselines', () => {
  const rewards = [1, 0, 0, 1, 1, 1];
  const groups = [0, 0, 0, 0, 1, 1];

  it('reinforce++ takes nothing off', () => {
    expect(baselined(rewards, groups, 'reinforce++')).toEqual(rewards);
  });

  it('reinforce++-baseline takes off the mean of the group', () => {
    expect(baselined(rewards, groups, 'reinforce++-baseline')).toEqual([0.5, -0.5, -0.5, 0.5, 0, 0]);
  });

  it('rloo takes off the mean of the others', () => {
    const third = 1 / 3;
    const expected = [2 * third, -2 * third, -2 * third, 2 * third, 0, 0];
    baselined(rewards, groups, 'rloo').forEach((value, i) => expect(value).toBeCloseTo(expected[i], 12));
  });

  it('grpo divides by the deviation of the group; a group of equals has none', () => {
    expect(baselined(rewards, groups, 'grpo')).toEqual([1, -1, -1, 1, 0, 0]);
  });

  it('groups need not be neighbours', () => {
    expect(baselined([1, 1, 0, 0], [7, 3, 7, 3], 'reinforce++-baseline')).toEqual([0.5, 0.5, -0.5, -0.5]);
  });
});

describe('token advantages', () => {
  const samples = [
    { reward: 1, logpOld: [-1, -2, -0.5], logpRef: [-1.5, -1, -0.5] },
    { reward: 0, logpOld: [-0.1], logpRef: [-2.1] },
  ];

  it('subtract the KL that is still to come', () => {
    const rows = tokenAdvantages(samples, { beta: 0.1, normalize: false });
    // Log-ratios 0.5, −1, 0 and 2; to go −0.5, −1, 0 and 2.
    [1.05, 1.1, 1].forEach((value, i) => expect(rows[0][i]).toBeCloseTo(value, 12));
    expect(rows[1][0]).toBeCloseTo(-0.2, 12);
  });

  it('are whitened over all tokens of the batch', () => {
    const raw = tokenAdvantages(samples, { beta: 0.1, normalize: false }).flat();
    const mean = (1.05 + 1.1 + 1 - 0.2) / 4;
    const deviation = Math.sqrt(raw.reduce((sum, a) => sum + (a - mean) ** 2, 0) / 4);
    const white = tokenAdvantages(samples, { beta: 0.1, normalize: true }).flat();
    white.forEach((value, i) => expect(value).toBeCloseTo((raw[i] - mean) / deviation, 12));
  });

  it('are zero when every token is worth the same', () => {
    const equal = [
      { reward: 1, logpOld: [0, 0], logpRef: [0, 0] },
      { reward: 1, logpOld: [0], logpRef: [0] },
    ];
    expect(tokenAdvantages(equal, { beta: 0.01, normalize: true })).toEqual([[0, 0], [0]]);
  });
});

describe('clipped surrogate', () => {
  const epsilon = 0.2;

  it.each([
    ['inside', 1.1, 2, 2.2, 2.2, false],
    ['above, good: held', 1.5, 2, 2.4, 0, true],
    ['above, bad: pushed back', 1.5, -2, -3, -3, true],
    ['below, bad: held', 0.5, -2, -1.6, 0, true],
    ['below, good: pushed back', 0.5, 2, 1, 1, true],
  ])('%s', (_, ratio, advantage, objective, derivative, outside) => {
    const token = surrogate(Math.log(ratio) - 3, -3, advantage, epsilon);
    expect(token.objective).toBeCloseTo(objective, 12);
    expect(token.derivative).toBeCloseTo(derivative, 12);
    expect(token.outside).toBe(outside);
  });

  it('at s = 1 has the policy gradient, whatever ε is', () => {
    expect(surrogate(-1, -1, 0.7, 0.01)).toEqual({ objective: 0.7, derivative: 0.7, outside: false });
  });
});

describe('policy loss', () => {
  it('weighs tokens or sequences', () => {
    expect(tokenWeights([3, 1], 'tokens')).toEqual([0.25, 0.25]);
    [1 / 6, 1 / 2].forEach((weight, i) => expect(tokenWeights([3, 1], 'sequences')[i]).toBeCloseTo(weight, 12));
  });

  it('counts the tokens outside the range', () => {
    const sample = { logp: [0.5, 0, -0.5, 0.1], logpOld: [0, 0, 0, 0], advantages: [1, 1, 1, 1] };
    expect(policyLoss([sample], { epsilon: 0.2, lossMean: 'tokens' }).clipRatio).toBe(0.5);
  });

  it('has the derivative of finite differences, away from its kinks', () => {
    const token = fc.record({
      logp: fc.double({ min: -3, max: 0, noNaN: true }),
      shift: fc.double({ min: -0.6, max: 0.6, noNaN: true }),
      advantage: fc.double({ min: -2, max: 2, noNaN: true }),
    });
    const batch = fc.array(fc.array(token, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(batch, fc.constantFrom('tokens' as const, 'sequences' as const), (rows, lossMean) => {
        const samples = rows.map((row) => ({
          logp: row.map(({ logp }) => logp),
          logpOld: row.map(({ logp, shift }) => logp - shift),
          advantages: row.map(({ advantage }) => advantage),
        }));
        const options = { epsilon: 0.2, lossMean };
        const { derivatives } = policyLoss(samples, options);
        const h = 1e-6;
        for (const [r, row] of rows.entries()) {
          for (const [i, { shift }] of row.entries()) {
            const ratio = Math.exp(shift);
            if (Math.min(Math.abs(ratio - 0.8), Math.abs(ratio - 1.2)) < 1e-4) continue;
            const lossAt = (delta: number) => {
              const moved = structuredClone(samples);
              moved[r].logp[i] += delta;
              return policyLoss(moved, options).loss;
            };
            expect(derivatives[r][i]).toBeCloseTo((lossAt(h) - lossAt(-h)) / (2 * h), 6);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});
