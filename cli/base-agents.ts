import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readBaseArchive, type BaseAgents } from '../src/checkpoint/archive';
import { archiveName, withoutBaseAgents, type BaseChoice } from '../src/lab/models/shipped';
import { archivesOf, readBeginning, type Beginning } from '../src/lab/reproduction/beginning';
import { readIfPresent } from './files';
import { root } from './root';

/** Base agents, or the safeguard beside them, are not there. */
export class NoBaseAgentsError extends Error {
  override name = 'NoBaseAgentsError';
}

/** Where base agents are shipped: among the page's files, which a package has as they were built. */
const shippedFolder = ['public/agents', 'dist/agents'].map((folder) => join(root, folder)).find(existsSync)!;

/** Where an archive of base agents stands. */
export function archivePath(name: string, folder = shippedFolder): string {
  return join(folder, `${name}.waltz`);
}

/** Base agents for a task and size. @throws {NoBaseAgentsError} and what `readBaseArchive` throws. */
export async function readBaseAgents(choice: BaseChoice, folder = shippedFolder): Promise<BaseAgents> {
  return await readBaseArchive(archive(choice, archiveName(choice), folder));
}

/** Base agents and safeguard, as they are shipped. Throws what `readBaseAgents` throws. */
export async function shippedBeginning(choice: BaseChoice): Promise<Beginning> {
  return await readBeginning(
    choice,
    archivesOf(choice).map((name) => archive(choice, name, shippedFolder)),
  );
}

function archive(choice: BaseChoice, name: string, folder: string): Uint8Array<ArrayBuffer> {
  const path = archivePath(name, folder);
  const bytes = readIfPresent(path);
  if (!bytes) throw new NoBaseAgentsError(`There are no base agents in ${path}. ${withoutBaseAgents(choice)}`);
  return bytes;
}
