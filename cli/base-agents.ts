import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readBaseArchive, type BaseAgents } from '../src/checkpoint/archive';
import { archivesOf, readBeginning, type Beginning } from '../src/lab/reproduction/beginning';
import { readIfPresent } from './files';

/** The base agents of a level are not there. */
export class NoBaseAgentsError extends Error {
  override name = 'NoBaseAgentsError';

  constructor(level: string, path: string) {
    super(
      `The base agents of level ${level} are not in ${path}. ` +
        `Make them: npm run -s waltz -- pretrain --level ${level} --out public/agents`,
    );
  }
}

/** Where base agents are shipped: part of the page. */
const shippedAgents = fileURLToPath(new URL('../public/agents', import.meta.url));

/** Base agents of a level. @throws {NoBaseAgentsError} and what `readBaseArchive` throws. */
export async function readBaseAgents(level: string, folder = shippedAgents): Promise<BaseAgents> {
  return await readBaseArchive(archive(level, level, folder));
}

/** Base agents and safeguard of a level, as they are shipped. Throws what `readBaseAgents` throws. */
export async function shippedBeginning(level: string): Promise<Beginning> {
  return await readBeginning(
    level,
    archivesOf(level).map((name) => archive(level, name, shippedAgents)),
  );
}

function archive(level: string, name: string, folder: string): Uint8Array<ArrayBuffer> {
  const path = join(folder, `${name}.waltz`);
  const bytes = readIfPresent(path);
  if (!bytes) throw new NoBaseAgentsError(level, path);
  return bytes;
}
