/**
 * One model to talk to, in whatever people keep one: a run's folder, a Hugging Face folder, a GGUF file, a zip or a `.waltz` file.
 * Reading it may never end: `withModel` asks a thread.
 */
import { existsSync, openAsBlob, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { blobSource, type ByteSource, type Sources } from '../../src/checkpoint/byte-source';
import { AgentFilesError } from '../../src/checkpoint/folder';
import { isUsed, readGuest, type GuestFiles } from '../../src/checkpoint/guest-files';
import { guestOf } from '../../src/lab/import/guest-of';
import { readOffer, type OfferedGuest } from '../../src/lab/import/read';
import type { KeptRun } from '../../src/lab/run/run-format';
import type { RoleName } from '../../src/waltz/game/roles';
import { RunFolder } from '../run-folder';

/** A model, and how it was kept. */
export interface ReadModel extends Omit<GuestFiles, 'container'> {
  container: GuestFiles['container'] | 'run' | 'waltz' | 'zip';
}

/** `agent` chooses where there are both agents. @throws what the readers throw. */
export async function readModel(path: string, agent: RoleName): Promise<ReadModel> {
  if (!existsSync(path)) {
    throw new AgentFilesError(
      `There is no file or folder "${path}". Give a model's folder, a .gguf file, or a run's folder.`,
    );
  }
  if (!statSync(path).isDirectory()) return await readFile(path, agent);
  const run = await new RunFolder(path).find();
  if (run) return ofRun(run, agent);
  const names = readdirSync(path);
  const ggufs = names.filter((name) => /\.gguf$/i.test(name));
  if (ggufs.length > 0 && !names.includes('config.json')) {
    const [first, second] = ggufs;
    if (second === undefined) return await readFile(join(path, first), agent);
    throw new AgentFilesError(
      `There are ${ggufs.length} GGUF files in ${path}. Give one of them: ${ggufs.join(', ')}.`,
    );
  }
  return await readGuest(await readFolder(path), basename(resolve(path)));
}

async function readFile(path: string, agent: RoleName): Promise<ReadModel> {
  const offer = await readOffer([{ path: basename(path), content: await openAsBlob(path) }]);
  if (offer.kind === 'run') return { ...ofRun(offer.run, agent), container: 'waltz' };
  // Where it stands among the files is for who keeps them.
  const { from: _, ...model } = choose(offer.guests, agent, path);
  if (model.container === 'GGUF') return model;
  return { ...model, container: offer.kind === 'base' ? 'waltz' : 'zip' };
}

function ofRun(run: KeptRun, agent: RoleName): ReadModel {
  const guest = guestOf(run, agent);
  const bytes = guest.parameters?.byteLength ?? 0;
  return { guest, container: 'run', dtypes: ['F32'], bytes, license: null, notes: [] };
}

/** The only one, or the one that is called as the agent is: both agents of an export stand in folders of their names. */
function choose(models: readonly OfferedGuest[], agent: RoleName, path: string): OfferedGuest {
  const [first, second] = models;
  if (second === undefined) return first;
  const named = models.find(({ guest: { name } }) => name === agent || name.endsWith(`: ${agent}`));
  if (named) return named;
  const names = models.map(({ guest: { name } }) => `"${name}"`).join(', ');
  throw new AgentFilesError(
    `${path} holds ${models.length} models, and none is the ${agent} agent: ${names}. Unpack it, and give one.`,
  );
}

/** A model's files, in the folder itself and where ONNX weights lie. */
async function readFolder(path: string): Promise<Sources> {
  const files: Record<string, ByteSource> = {};
  for (const folder of ['', 'onnx/'].filter((name) => existsSync(join(path, name)))) {
    for (const name of readdirSync(join(path, folder)).filter((one) => isUsed(folder + one))) {
      const file = join(path, folder, name);
      if (statSync(file).isFile()) files[folder + name] = blobSource(await openAsBlob(file));
    }
  }
  return files;
}
