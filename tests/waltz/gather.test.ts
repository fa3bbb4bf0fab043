import { describe, expect, it } from 'vitest';
import { gather } from '../../src/waltz/learn/selection';
import type { Game, PlayedTurn, TextKind } from '../../src/waltz/game/game';
import type { Role } from '../../src/waltz/game/role';
import { roles } from '../../src/waltz/game/roles';
import type { RolloutSettings } from '../../src/waltz/learn/settings';
import { harmfulPrompt } from './miniature';
import { good, unsafe } from './verdicts';

/** A game whose texts carry their round in their ids. */
function game(rollout: number, revisions: number, stopped: boolean): Game {
  const texts = (role: string, kind: TextKind, count: number): PlayedTurn[] =>
    Array.from({ length: count }, (_, round) => ({
      ...{ role, round, kind, ids: [9, 9, round], from: 2, text: '', parsed: null },
    }));
  const answers = texts('conversation', 'answer', revisions + 1);
  const feedbacks = texts('feedback', 'feedback', revisions + (stopped ? 1 : 0));
  return {
    ...{ rollout, prompt: harmfulPrompt('crow'), turns: [...answers, ...feedbacks], feedbacks },
    answers: answers.map((turn, t) => ({ ...turn, verdict: t === revisions ? good : unsafe })),
  };
}

/** Feedback is paid by its round, answers by their judge. */
const rewardOf = (role: Role, of: Game, round: number) =>
  role.writes === 'feedback' ? round / 10 : of.answers[round].verdict.reward;

function gathered(games: Game[], trajectories: RolloutSettings['trajectories'], place: { seed: number; step: number }) {
  const rollout: RolloutSettings = {
    ...{ batch: 1, rollouts_per_prompt: 1, max_rounds: 2, temperature: 1 },
    trajectories,
  };
  return gather(games, roles, rewardOf, rollout, place);
}

const many = Array.from({ length: 400 }, (_, i) => game(i, 2, true));
const place = { seed: 5, step: 2 };

describe('the feedback agent', () => {
  it('learns from one random round of every game', () => {
    const { feedback } = gathered(many, 'mixed', place);
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
    expect(gathered(games, 'mixed', place).feedback).toMatchObject([{ game: 0, round: 0 }]);
  });
});

describe('the conversation agent', () => {
  it('learns from c_0 alone in τ_A, with its own reward', () => {
    const { conversation } = gathered(many, 'tau_a', place);
    expect(conversation.every(({ round, reward }) => round === 0 && reward === 0)).toBe(true);
  });

  it('learns from the served answer in τ_B, and from c_0 where nothing was revised', () => {
    const games = [game(0, 2, true), game(1, 0, true)];
    const { conversation } = gathered(games, 'tau_b', place);
    expect(conversation.map(({ round, reward }) => [round, reward])).toEqual([
      [2, 1],
      [0, 1],
    ]);
  });

  it('mixes both by halves', () => {
    const { conversation } = gathered(many, 'mixed', place);
    const last = conversation.filter(({ round }) => round === 2).length;
    expect(conversation.filter(({ round }) => round === 0).length).toBe(400 - last);
    expect(last).toBeGreaterThan(150);
    expect(last).toBeLessThan(250);
  });
});

it('draws by seed, step and rollout alone: neighbours change nothing', () => {
  const rounds = (games: Game[], at = place) => gathered(games, 'mixed', at).feedback.map(({ round }) => round);
  const all = rounds(many);
  expect(rounds(many.slice(100, 120))).toEqual(all.slice(100, 120));
  expect(rounds(many, { seed: 6, step: 2 })).not.toEqual(all);
  expect(rounds(many, { seed: 5, step: 3 })).not.toEqual(all);
});
