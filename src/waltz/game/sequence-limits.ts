import type { Limits } from '../../task/limits';
import { perRole, roles, type RoleName } from './roles';

/** Longest whole sequence in tokens of each role, in a game with at most `maxRounds` feedbacks. */
export function sequenceLimits(limits: Limits, maxRounds: number): Record<RoleName, number> {
  return perRole((role) => role.sequenceLimit(limits, maxRounds));
}

/** The longest sequence of any role. */
export function longestSequence(limits: Limits, maxRounds: number): number {
  return Math.max(...Object.values(sequenceLimits(limits, maxRounds)));
}

/** Tokens that any role may write in one text. */
export function mostNewTokens(limits: Limits): number {
  return Math.max(...roles.map((role) => role.newTokens(limits)));
}
