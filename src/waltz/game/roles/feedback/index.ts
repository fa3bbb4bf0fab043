import { contentOf } from '../../game';
import type { Role } from '../../role';
import { feedbackRewards, situationOf } from './reward';

/** π_f reads a prompt and an answer, and writes feedback on it. */
export const feedback = {
  name: 'feedback',
  label: 'feedback agent',
  verb: 'advises',
  description: 'reads a prompt and an answer, and writes feedback on it as JSON: reasoning, two flags, advice',
  writes: 'feedback',
  chatRole: 'feedback',
  phases: ['feedback'],
  phase: 1,

  /** The prompt and the answer that it is on, no earlier history. */
  reads: ({ prompt, turns }) => {
    const answer = turns.findLast(({ kind }) => kind === 'answer');
    const said = answer ? [{ role: 'assistant', content: contentOf(answer) }] : [];
    return [{ role: 'user', content: prompt.text }, ...said];
  },

  newTokens: (limits) => limits.feedback + 1,
  sequenceLimit: (limits) => 1 + limits.prompt + 1 + (limits.answer + 1) + 1 + (limits.feedback + 1),

  /** R_f of sec. 2.2. */
  reward: (game, round, { settings, stage }) => feedbackRewards(situationOf(game, round), settings, stage).total,

  /** One random round; games that stopped are included, as they are the negatives. */
  select: (game, _, draw) => {
    const { length } = game.feedbacks;
    return length > 0 ? draw(0).integer(length) : null;
  },

  learns: (method) => method === 'waltzrl',
  /**
   * In stage 2 a false alarm is paid as much as a right all-clear, so that only the KL penalty chooses between them, and the
   * base agent raises false alarms.
   */
  anchored: true,
  learningRate: 1e-4,
} as const satisfies Role;
