import { describe, expect, it } from 'vitest';
import { gather } from '../../src/waltz/learn/selection';
import type { Game } from '../../src/waltz/game/play';
import type { FeedbackRewards } from '../../src/waltz/game/rollout';
import { harmfulPrompt } from './miniature';
import { good, unsafe } from './verdicts';

/** A game whose texts carry their round in their ids. */
function game(rollout: number, revisions: number, stopped: boolean): Game {
  const feedbacks = revisions + (stopped ? 1 : 0);
  return {
    rollout,
    prompt: harmfulPrompt('crow'),
    answers: Array.from({ length: revisions + 1 }, (_, t) => ({
      ids: [9, 9, t],
      from: 2,
      text: '',
      verdict: t === revisions ? good : unsafe,
    })),
    feedbacks: Array.from({ length: feedbacks }, (_, t) => ({ ids: [8, 8, t], from: 2, text: '', parsed: null })),
  };
}

function rewardsOf(games: Game[]): FeedbackRewards[][] {
  return games.map(({ feedbacks }) =>
    feedbacks.map((_, t) => ({ improvement: 0, label: 0, format: 0, total: t / 10 })),
  );
}

const many = Array.from({ length: 400 }, (_, i) => game(i, 2, true));
const place = { seed: 5, step: 2 };

describe('the feedback agent', () => {
  it('learns from one random round of every game', () => {
    const { feedback } = gather(many, rewardsOf(many), 'mixed', place);
    expect(feedback).toHaveLength(400);
    const counts = [0, 1, 2].map((round) => feedback.filter((one) => one.round === round).length);
    counts.forEach((count) => expect(count).toBeGreaterThan(100));
    for (const { round, reward, written } of feedback) {
      expect(reward).toBe(round / 10);
      expect(written.ids[2]).toBe(round);
    }
  });

  it('keeps the feedback of a game that stopped at once', () => {
    const games = [game(0, 0, true)];
    expect(gather(games, rewardsOf(games), 'mixed', place).feedback).toMatchObject([{ game: 0, round: 0 }]);
  });
});

describe('the conversation agent', () => {
  it('learns from c_0 alone in τ_A, with its own reward', () => {
    const { conversation } = gather(many, rewardsOf(many), 'tau_a', place);
    expect(conversation.every(({ round, reward }) => round === 0 && reward === 0)).toBe(true);
  });

  it('learns from the served answer in τ_B, and from c_0 where nothing was revised', () => {
    const games = [game(0, 2, true), game(1, 0, true)];
    const { conversation } = gather(games, rewardsOf(games), 'tau_b', place);
    expect(conversation.map(({ round, reward }) => [round, reward])).toEqual([
      [2, 1],
      [0, 1],
    ]);
  });

  it('mixes both by halves', () => {
    const { conversation } = gather(many, rewardsOf(many), 'mixed', place);
    const last = conversation.filter(({ round }) => round === 2).length;
    expect(conversation.filter(({ round }) => round === 0).length).toBe(400 - last);
    expect(last).toBeGreaterThan(150);
    expect(last).toBeLessThan(250);
  });
});

it('draws by seed, step and rollout alone: neighbours change nothing', () => {
  const rounds = (games: Game[], at = place) =>
    gather(games, rewardsOf(games), 'mixed', at).feedback.map(({ round }) => round);
  const all = rounds(many);
  expect(rounds(many.slice(100, 120))).toEqual(all.slice(100, 120));
  expect(rounds(many, { seed: 6, step: 2 })).not.toEqual(all);
  expect(rounds(many, { seed: 5, step: 3 })).not.toEqual(all);
});
