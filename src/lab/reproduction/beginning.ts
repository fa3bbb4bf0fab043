import { perRole } from '../../waltz/game/roles';
import type { ModelName } from '../models/model-names';
import { readBaseArchive } from '../../checkpoint/archive';
import { sha256 } from '../../checkpoint/sha256';
import { isSameTask } from '../../task/task-tag';
import type { AgentState } from '../../model/state';
import { environmentOf } from '../models/environment';

/** The archives are of another version of their level: what is measured of them would be no result of this one. */
export class BeginningMismatchError extends Error {
  override name = 'BeginningMismatchError';
}

/** Where runs begin: a level's base agents and its safeguard. */
export interface Beginning {
  states: Record<ModelName, AgentState>;
  /** SHA-256 of their archives, one behind the other. */
  base: string;
}

/** The archives that a beginning is read from, in their order, without their extension. */
export const archivesOf = (level: string) => [level, safeguardArchive(level)] as const;
export const safeguardArchive = (level: string) => `safeguard-${level}` as const;

/** Throws what `readBaseArchive` throws, and `BeginningMismatchError`. */
export async function readBeginning(level: string, archives: readonly Uint8Array<ArrayBuffer>[]): Promise<Beginning> {
  const together = new Uint8Array(await new Blob([...archives]).arrayBuffer());
  const [base, guard] = await Promise.all(archives.map((bytes) => readBaseArchive(bytes)));
  const ours = environmentOf(level).task.tag;
  for (const { task } of [base, guard]) {
    if (isSameTask(task, ours)) continue;
    throw new BeginningMismatchError(
      `The base agents of ${level} are of ${task.level} version ${task.version}, and the level is at version ${ours.version}. ` +
        `Make them anew: npm run -s waltz -- pretrain --level ${level} --out public/agents`,
    );
  }
  const states = perRole(({ name }) => base.agents[name]);
  return { states: { ...states, safeguard: guard.agents['safeguard'] }, base: await sha256(together) };
}
