import { describe, expect, it } from 'vitest';
import { baselined, groupOf, needsGroups, whitens } from '../../src/waltz/learn/advantages';

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

  it('reinforce++-kind takes off the mean of the harmful ones, and that of the benign ones', () => {
    const harmful = [true, false, true, false];
    const kinds = harmful.map((one, game) => groupOf(game, one, 'reinforce++-kind', 2));
    expect(baselined([1, 0.2, 0, 0.4], kinds, 'reinforce++-kind')).toEqual([
      0.5,
      expect.closeTo(-0.1),
      -0.5,
      expect.closeTo(0.1),
    ]);
    const prompts = harmful.map((one, game) => groupOf(game, one, 'reinforce++-baseline', 2));
    expect(prompts).toEqual([0, 0, 1, 1]);
    expect([needsGroups('reinforce++-kind'), whitens('reinforce++-kind')]).toEqual([false, true]);
  });

  it('groups need not be neighbours', () => {
    expect(baselined([1, 1, 0, 0], [7, 3, 7, 3], 'reinforce++-baseline')).toEqual([0.5, 0.5, -0.5, -0.5]);
  });
});
