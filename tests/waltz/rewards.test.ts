import type { Feedback } from '../../src/task/feedback-format';
import type { Verdict } from '../../src/task/judge';
import type { Stage } from '../../src/task/prompt';
import { describe, expect, it } from 'vitest';
import { feedbackRewards } from '../../src/waltz/game/roles/feedback/reward';
import type { FeedbackSituation } from '../../src/waltz/game/roles/feedback/reward';
import type { RewardSettings } from '../../src/waltz/learn/settings';
import { evasive, good, overrefusing, predicted, unsafe } from './verdicts';

const paper = { alpha: 0.65, lambda: 0.25, lambda_two: 0, gamma: 0.1, gate: 'all' } as const;
const mended = { ...paper, lambda_two: 0.25, gate: 'gains' } as const;

function situation(parsed: Feedback | null, verdict: Verdict, next: Verdict | null): FeedbackSituation {
  return { parsed, verdict, next, served: next ?? verdict };
}

function pay(from: FeedbackSituation, variant: RewardSettings['variant'], stage: Stage): number {
  return feedbackRewards(from, { ...paper, variant }, stage).total;
}

type Row = [
  name: string,
  parsed: Feedback | null,
  verdict: Verdict,
  next: Verdict | null,
  stage1: number,
  stage2: number,
  ungated: number,
];

/** docs/algorithm.md, Rewards, row by row. */
const truthTable: Row[] = [
  ['invalid on a good answer', null, good, null, 0, 0, 0],
  ['invalid on a bad answer', null, unsafe, null, 0, 0, 0],
  ['clear, rightly', predicted(), good, null, 0.35, 0.1, 0.1],
  ['clear on an unsafe answer', predicted(), unsafe, null, 0.1, 0.1, 0.1],
  ['clear on an overrefusal', predicted(), overrefusing, null, 0.1, 0.1, 0.1],
  ['false alarm, harmless', predicted({ unsafe: true }), good, good, 0.1, 0.1, 0.1],
  ['false alarm that spoils', predicted({ overrefuse: true }), good, unsafe, 0.1, 0.1, -0.55],
  ['rightly flagged unsafe, repaired', predicted({ unsafe: true }), unsafe, good, 1, 0.75, 0.75],
  ['rightly flagged refusal, repaired', predicted({ overrefuse: true }), overrefusing, good, 1, 0.75, 0.75],
  ['rightly flagged, still bad', predicted({ unsafe: true }), unsafe, unsafe, 0.35, 0.1, 0.1],
  ['wrong kind, repaired', predicted({ overrefuse: true }), unsafe, good, 0.1, 0.1, 0.75],
  ['both flags, one right, repaired', predicted({ unsafe: true, overrefuse: true }), unsafe, good, 0.1, 0.1, 0.75],
  ['wrong kind, still bad', predicted({ overrefuse: true }), unsafe, unsafe, 0.1, 0.1, 0.1],
];

describe('R_f', () => {
  it.each(truthTable)('%s', (_, parsed, verdict, next, stage1, stage2, ungated) => {
    const from = situation(parsed, verdict, next);
    expect(pay(from, 'A', 1)).toBeCloseTo(stage1, 12);
    expect(pay(from, 'A', 2)).toBeCloseTo(stage2, 12);
    expect(pay(from, 'B', 1)).toBeCloseTo(stage2, 12);
    expect(pay(from, 'B', 2)).toBeCloseTo(stage2, 12);
    expect(pay(from, 'C', 1)).toBeCloseTo(ungated, 12);
    expect(pay(from, 'C', 2)).toBeCloseTo(ungated, 12);
  });

  it('reports its parts', () => {
    const repaired = situation(predicted({ unsafe: true }), unsafe, good);
    expect(feedbackRewards(repaired, { ...paper, variant: 'A' }, 1)).toMatchObject({
      improvement: 1,
      label: 1,
      format: 1,
    });
    const spoiled = situation(predicted({ overrefuse: true }), good, unsafe);
    expect(feedbackRewards(spoiled, { ...paper, variant: 'A' }, 1)).toMatchObject({
      improvement: -1,
      label: 0,
      format: 1,
    });
  });

  it('goes by flags, not by R_c: clearing an evasive answer is a right label', () => {
    expect(pay(situation(predicted(), evasive, null), 'A', 1)).toBeCloseTo(0.35, 12);
  });

  it('never pays −1 through the gate at one round: the weak spot, kept in view', () => {
    for (const [, parsed, verdict, next] of truthTable) {
      expect(pay(situation(parsed, verdict, next), 'A', 2)).toBeGreaterThanOrEqual(0);
    }
  });
});

it('takes rewards as numbers, between good and bad too', () => {
  const half: Verdict = { ...unsafe, unsafe: false, reward: 0.5 };
  expect(pay(situation(predicted({ unsafe: true }), unsafe, half), 'A', 2)).toBeCloseTo(0.65 * 0.5 + 0.1, 12);
  expect(pay(situation(predicted({ unsafe: true }), good, half), 'C', 2)).toBeCloseTo(-0.65 * 0.5 + 0.1, 12);
  expect(pay(situation(predicted(), half, null), 'no-dir', 2)).toBeCloseTo(0.65 * 0.5 + 0.1, 12);
});

describe('with the gate on gains alone, and λ in both stages', () => {
  const payMended = (from: FeedbackSituation, stage: Stage) =>
    feedbackRewards(from, { ...mended, variant: 'A' }, stage).total;

  it.each(truthTable)('%s', (name, parsed, verdict, next, stage1) => {
    const from = situation(parsed, verdict, next);
    const expected = name === 'false alarm that spoils' ? stage1 - 0.65 : stage1;
    for (const stage of [1, 2] as const) expect(payMended(from, stage)).toBeCloseTo(expected, 12);
  });

  it('charges a spoiled answer, and pays a right all-clear more than a wrong flag, in both stages', () => {
    const spoiled = situation(predicted({ overrefuse: true }), good, unsafe);
    const cleared = situation(predicted(), good, null);
    const alarm = situation(predicted({ unsafe: true }), good, good);
    for (const stage of [1, 2] as const) {
      expect(payMended(spoiled, stage)).toBeCloseTo(-0.55, 12);
      expect(payMended(cleared, stage)).toBeCloseTo(0.35, 12);
      expect(payMended(alarm, stage)).toBeCloseTo(0.1, 12);
    }
  });

  it('has no label to pay in variants B and C', () => {
    const cleared = situation(predicted(), good, null);
    for (const variant of ['B', 'C'] as const) {
      expect(feedbackRewards(cleared, { ...mended, variant }, 2).total).toBeCloseTo(0.1, 12);
    }
  });
});

describe('no DIR', () => {
  it.each<[string, FeedbackSituation, number, number]>([
    ['a rightly cleared answer is paid as served', situation(predicted(), good, null), 1, 0.75],
    ['a missed one is not', situation(predicted(), unsafe, null), 0.1, 0.1],
    ['repaired', situation(predicted({ unsafe: true }), unsafe, good), 1, 0.75],
    ['still bad', situation(predicted({ unsafe: true }), unsafe, unsafe), 0.35, 0.1],
    ['a false alarm is gated away', situation(predicted({ unsafe: true }), good, good), 0.1, 0.1],
    ['wrong kind', situation(predicted({ overrefuse: true }), unsafe, good), 0.1, 0.1],
    ['invalid', situation(null, good, null), 0, 0],
  ])('%s', (_, from, stage1, stage2) => {
    expect(pay(from, 'no-dir', 1)).toBeCloseTo(stage1, 12);
    expect(pay(from, 'no-dir', 2)).toBeCloseTo(stage2, 12);
  });

  it('pays every round for the answer served in the end', () => {
    const first = { parsed: predicted({ unsafe: true }), verdict: unsafe, next: unsafe, served: good };
    expect(pay(first, 'no-dir', 2)).toBeCloseTo(0.75, 12);
    expect(pay(first, 'A', 2)).toBeCloseTo(0.1, 12);
  });
});
