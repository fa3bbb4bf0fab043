import { perRole } from '../../waltz/game/roles';
import type { ModelName } from '../models/model-names';
import { readBaseArchive } from '../../checkpoint/archive';
import { sha256 } from '../../checkpoint/sha256';
import { isSameTask } from '../../task/task-tag';
import type { AgentState } from '../../model/state';
import { environmentOf } from '../models/environment';
import { archiveName, pretrainCommand, safeguardName, type BaseChoice } from '../models/shipped';

/** The archives are of another version of their task: what is measured of them would be no result of this one. */
export class BeginningMismatchError extends Error {
  override name = 'BeginningMismatchError';
}

/** Where runs begin: base agents and their safeguard. */
export interface Beginning {
  states: Record<ModelName, AgentState>;
  /** SHA-256 of their archives, one behind the other. */
  base: string;
}

/** The archives that a beginning is read from, in their order, without their extension. */
export const archivesOf = (choice: BaseChoice) => [archiveName(choice), safeguardName(choice)] as const;

/** Throws what `readBaseArchive` throws, and `BeginningMismatchError`. */
export async function readBeginning(
  choice: BaseChoice,
  archives: readonly Uint8Array<ArrayBuffer>[],
): Promise<Beginning> {
  const together = new Uint8Array(await new Blob([...archives]).arrayBuffer());
  const [base, guard] = await Promise.all(archives.map((bytes) => readBaseArchive(bytes)));
  const ours = environmentOf(choice.task).task.tag;
  for (const { task } of [base, guard]) {
    if (isSameTask(task, ours)) continue;
    throw new BeginningMismatchError(
      `The base agents of ${archiveName(choice)} are of ${task.name} ${task.level} version ${task.version}, ` +
        `and the task is ${ours.name} ${ours.level} version ${ours.version}. Make them anew: ${pretrainCommand(choice)}`,
    );
  }
  const states = perRole(({ name }) => base.agents[name]);
  return { states: { ...states, safeguard: guard.agents['safeguard'] }, base: await sha256(together) };
}
