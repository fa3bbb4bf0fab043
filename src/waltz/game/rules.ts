import { triggers } from './game';
import type { Rules } from './role';
import { conversation } from './roles/conversation';
import { feedback } from './roles/feedback';
import { roles } from './roles';

/**
 * The game of sec. 2.1: c_0, then for at most T_max rounds a feedback and, where that flags the answer, a revision. It stops
 * when the feedback clears the answer or does not parse.
 */
export const waltzRules: Rules = {
  roles,
  next({ turns }, maxRounds) {
    const last = turns.at(-1);
    if (!last) return { role: conversation.name, round: 0 };
    const { role, round } = last;
    if (role === conversation.name) return round < maxRounds ? { role: feedback.name, round } : null;
    return triggers(last.parsed) ? { role: conversation.name, round: round + 1 } : null;
  },
};
