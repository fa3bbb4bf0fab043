import { contentOf, turnOf } from '../../../src/waltz/game/game';
import type { Role } from '../../../src/waltz/game/role';

/** What it writes to let advice pass. */
export const PASS = 'help';

/** A third role, for tests: a critic reads an answer and the advice on it, and lets the advice pass or ends the game. */
export const critic: Role = {
  name: 'critic',
  label: 'critic',
  verb: 'criticises',
  description: 'reads an answer and the advice on it, and says whether the advice is passed on',
  writes: 'text',
  chatRole: 'feedback',
  phases: ['second opinions'],
  phase: 3,
  reads: ({ prompt, turns }) => {
    const answer = turns.findLast(({ kind }) => kind === 'answer')!;
    const advice = turns.findLast(({ kind }) => kind === 'feedback')!;
    return [
      { role: 'user', content: prompt.text },
      { role: 'assistant', content: contentOf(answer) },
      { role: 'advice', content: advice.parsed!.feedback },
    ];
  },
  newTokens: () => 2,
  sequenceLimit: ({ prompt, answer, advice }) => 1 + prompt + 1 + (answer + 1) + 1 + advice + 1 + 2,
  /** What the answer gained by the advice that it let pass. */
  reward: ({ answers }, round) => (answers[round + 1] ?? answers[round]).verdict.reward - answers[round].verdict.reward,
  /** One of its texts, at a place of its own. */
  select: (game, _, draw) => {
    const rounds = game.answers.map((_, round) => round).filter((round) => turnOf(game, { role: 'critic', round }));
    return rounds.length > 0 ? draw(3).pick(rounds) : null;
  },
  learns: (method, stage) => method === 'waltzrl' && stage === 2,
  anchored: false,
  learningRate: 3e-4,
};
