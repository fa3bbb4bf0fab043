import { Random } from '../../random/philox';
import { turnOf, type Game, type Written } from '../game/game';
import type { Role } from '../game/role';
import type { RolloutSettings } from './settings';

/** A text chosen for its agent's update: which game, which round, and its terminal reward before any baseline. */
export interface Gathered {
  game: number;
  round: number;
  written: Written;
  reward: number;
}

/** By role, what its agent could learn from; an agent that does not train simply leaves it unused. */
export type Trajectories = Readonly<Record<string, readonly Gathered[]>>;

/**
 * Chooses what each agent learns from (sec. 2.3): one text at most of each game, as its role says. Draws are keyed by (seed,
 * 'trajectory', step, rollout, place).
 *
 * @param rewardOf what a role's text of a round is paid
 */
export function gather(
  games: readonly Game[],
  roles: readonly Role[],
  rewardOf: (role: Role, game: Game, round: number) => number,
  rollout: RolloutSettings,
  { seed, step }: { seed: number; step: number },
): Trajectories {
  const chosen = (role: Role): Gathered[] =>
    games.flatMap((game, index) => {
      const draw = (place: number) => new Random(seed, 'trajectory', [step, game.rollout, place]);
      const round = role.select(game, rollout, draw);
      if (round === null) return [];
      const written = turnOf(game, { role: role.name, round })!;
      return [{ game: index, round, written, reward: rewardOf(role, game, round) }];
    });
  return Object.fromEntries(roles.map((role) => [role.name, chosen(role)]));
}
