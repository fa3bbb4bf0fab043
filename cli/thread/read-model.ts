/** One model to talk to: an agent of a run, or a Hugging Face folder of anyone. Reading it may never end: `withModel` asks a thread. */
import type { RoleName } from '../../src/waltz/game/roles';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Files } from '../../src/checkpoint/folder';
import type { Guest } from '../../src/checkpoint/guest';
import { isUsed, readGuest } from '../../src/checkpoint/guest-files';
import { guestOf } from '../../src/lab/import/guest-of';
import { readIfPresent } from '../files';
import { RunFolder } from '../run-folder';

/** @throws what the readers throw. */
export async function readModel(path: string, agent: RoleName): Promise<Guest> {
  const run = await new RunFolder(path).find();
  return run ? guestOf(run, agent) : readGuest(readFolder(path), basename(resolve(path))).guest;
}

/** A model's files, in the folder itself and where ONNX weights lie. */
function readFolder(path: string): Files {
  const files: Files = {};
  for (const folder of ['', 'onnx/'].filter((name) => existsSync(join(path, name)))) {
    for (const name of readdirSync(join(path, folder))) {
      const content = isUsed(folder + name) ? readIfPresent(join(path, folder, name)) : null;
      if (content) files[folder + name] = content;
    }
  }
  return files;
}
