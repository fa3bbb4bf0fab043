import { triggers } from '../../../src/waltz/game/game';
import type { Rules } from '../../../src/waltz/game/role';
import { waltzRules } from '../../../src/waltz/game/rules';
import { critic, PASS } from '.';

/** The waltz, with the critic between a feedback that flags an answer and the revision. */
export const criticRules: Rules = {
  roles: [...waltzRules.roles, critic],
  next(game, maxRounds) {
    const last = game.turns.at(-1);
    if (last?.kind === 'feedback' && triggers(last.parsed)) return { role: critic.name, round: last.round };
    if (last?.role !== critic.name) return waltzRules.next(game, maxRounds);
    return last.text === PASS ? { role: 'conversation', round: last.round + 1 } : null;
  },
};
