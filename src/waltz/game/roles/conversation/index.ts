import type { Message } from '../../../../chat/chat-format';
import { contentOf } from '../../game';
import type { Role } from '../../role';

/** π_c answers the prompt, and answers again after advice. */
export const conversation = {
  name: 'conversation',
  label: 'conversation agent',
  verb: 'answers',
  description: 'answers a prompt, and answers again after advice',
  writes: 'answer',
  chatRole: 'assistant',
  phases: ['answers', 'revisions'],
  phase: 0,

  /** The prompt, its earlier answers and the advice strings in order; never flags or reasoning. */
  reads: ({ prompt, turns }) => [
    { role: 'user', content: prompt.text },
    ...turns.flatMap((turn): Message[] => {
      if (turn.kind === 'answer') return [{ role: 'assistant', content: contentOf(turn) }];
      return turn.parsed ? [{ role: 'advice', content: turn.parsed.feedback }] : [];
    }),
  ],

  newTokens: ({ answer }) => answer + 1,

  /** An answer that was cut at its limit has one word in the place of its end token, and still gets one when it is read back. */
  sequenceLimit: ({ prompt, answer, advice }, maxRounds) => {
    const opening = 1 + prompt + 1;
    const round = answer + 1 + 1 + 1 + advice + 1;
    return opening + maxRounds * round + answer + 1;
  },

  /** R_c: the judge's. */
  reward: ({ answers }, round) => answers[round].verdict.reward,

  /** τ_A = c_0, or τ_B = the served answer c_T, each with probability ½; a game without a revision has only τ_A. */
  select: ({ answers }, { trajectories }, draw) => {
    const random = draw(0);
    // The first draw of this place is the round of the feedback.
    random.word();
    const tauB = random.chance(0.5);
    return trajectories === 'tau_b' || (trajectories === 'mixed' && tauB) ? answers.length - 1 : 0;
  },

  /** Where it plays alone it learns in both stages, which then only differ in their prompts. */
  learns: (method, stage) => method === 'single-model' || stage === 2,
  anchored: false,
  learningRate: 1.5e-4,
} as const satisfies Role;
