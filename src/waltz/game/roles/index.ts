/** The roles of the game, in the order in which archives and pages list them. Another role is a folder here and a row. */
import { conversation } from './conversation';
import { feedback } from './feedback';

export const roles = [conversation, feedback] as const;
export type WaltzRole = (typeof roles)[number];
export type RoleName = WaltzRole['name'];
export const roleNames: readonly RoleName[] = roles.map(({ name }) => name);

/** The role whose answers are served. */
export const answering = conversation;
export type AnsweringRole = (typeof answering)['name'];

/** One thing for each role. */
export function perRole<T>(of: (role: WaltzRole) => T): Record<RoleName, T> {
  return Object.fromEntries(roles.map((role) => [role.name, of(role)])) as Record<RoleName, T>;
}
