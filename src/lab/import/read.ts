/** What somebody offers to take in: an archive, a GGUF file, or the files of a folder. Nothing is kept or changed by reading it. */
import { readBaseArchive, readRunArchive } from '../../checkpoint/archive';
import { blobSource, type ByteSource } from '../../checkpoint/byte-source';
import { AgentFilesError } from '../../checkpoint/folder';
import { isGguf } from '../../checkpoint/gguf/header';
import { readGguf } from '../../checkpoint/gguf/read-gguf';
import type { GuestSource, OfferedFile } from '../../checkpoint/guest-source';
import { LONGEST_NAME } from '../../checkpoint/guest-check';
import { isUsed, isWeights, readGuest, type GuestFiles } from '../../checkpoint/guest-files';
import { readManifest } from '../../checkpoint/manifest';
import { checkPath, checkSize, modelZipLimits, openZip, tooLarge, zipLimits } from '../../checkpoint/zip';
import { runFormat, type KeptRun } from '../run/run-format';
import { OfferError, readable } from './readable';

export type { OfferedFile };
export { OfferError };

/** A guest, and where among the offered files it is. */
export interface OfferedGuest extends GuestFiles {
  from: GuestPlace;
}

/** Paths of the files that a guest is read from, and which of the models in them it is. */
interface GuestPlace {
  paths: readonly string[];
  at: number;
}

/** What is in it. Agents of a base archive are models like any others once they are out of it. */
export type Offer = { kind: 'run'; run: KeptRun } | { kind: 'base' | 'models'; guests: OfferedGuest[] };

/** Of what was offered, the files of one guest. `readOffer` of these finds it again. */
export function sourceOf(files: readonly OfferedFile[], { paths, at }: GuestPlace): GuestSource {
  return { files: files.filter(({ path }) => paths.includes(path)), at };
}

/** Most models of one archive or folder. */
const MOST_MODELS = 16;
const MANIFEST = 'manifest.json';
const archive = /\.(waltz|zip)$/i;
const gguf = /\.gguf$/i;
const config = /(^|\/)config\.json$/;

/** Throws an `ArchiveError`, an `OfferError`, or what `readGuest` and `readRunArchive` throw. */
export async function readOffer(files: readonly OfferedFile[]): Promise<Offer> {
  if (files.length === 0)
    throw new OfferError('There is no file in what was dropped. Choose a .waltz file, a zip or a folder.');
  const [first] = files;
  if (files.length === 1 && (gguf.test(first.path) || (await beginsAs(first, isGguf))))
    return { kind: 'models', guests: [await readGgufFile(first.path, blobSource(first.content), first.path)] };
  if (files.length === 1 && (archive.test(first.path) || (await beginsAs(first, isZip)))) {
    return await readable(first.path, () => readArchive(first));
  }
  if (files.some(({ path }) => archive.test(path))) {
    throw new OfferError('Choose one .waltz file or zip at a time, or all files of one folder without any.');
  }
  return { kind: 'models', guests: await readModels(looseFiles(files)) };
}

/** Names can be lost on the way, but files begin as their kind does. */
async function beginsAs({ path, content }: OfferedFile, is: (file: ByteSource) => Promise<boolean>): Promise<boolean> {
  return await readable(path, () => is(blobSource(content)));
}

async function isZip(file: ByteSource): Promise<boolean> {
  return new TextDecoder().decode(await file.slice(0, Math.min(4, file.size))) === 'PK\u0003\u0004';
}

/** `offered` is the path of the file that was offered: this one, or an archive around it. */
async function readGgufFile(path: string, file: ByteSource, offered: string): Promise<OfferedGuest> {
  const read = await readable(path, () => readGguf(file, nameOf(path, gguf)));
  return { ...read, from: { paths: [offered], at: 0 } };
}

/** A file's name without its ending, as long as a guest's may be. */
function nameOf(path: string, ending: RegExp): string {
  return path.split('/').pop()!.replace(ending, '').slice(0, LONGEST_NAME) || 'model';
}

async function readArchive({ path, content }: OfferedFile): Promise<Offer> {
  const zip = await openZip(blobSource(content), modelZipLimits);
  const stem = path.split('/').pop()!.replace(archive, '');
  const folder: Folder = { stem, archive: path, paths: zip.paths, source: (inside) => zip.source(inside) };
  if (!zip.paths.includes(MANIFEST)) return { kind: 'models', guests: await readModels(folder) };
  const { kind } = readManifest(await zip.read([MANIFEST]), MANIFEST);
  if (content.size > zipLimits.total) throw tooLarge();
  const bytes = new Uint8Array(await content.arrayBuffer());
  if (kind === 'run') return { kind, run: await readRunArchive(bytes, runFormat) };
  await readBaseArchive(bytes);
  const paths = zip.paths.filter((inside) => inside.startsWith('agents/'));
  return { kind, guests: await readModels({ ...folder, paths }) };
}

/** Where model folders may be. */
interface Folder {
  /** What a model at the top of it is called, '' where nobody has said. */
  stem: string;
  /** The path of the archive that they are in, null where they were offered as they are. */
  archive: string | null;
  paths: readonly string[];
  source: (path: string) => ByteSource;
}

function looseFiles(files: readonly OfferedFile[]): Folder {
  const contents = new Map(files.map(({ path, content }) => [path, content]));
  if (contents.size < files.length)
    throw new OfferError('Two of these files have the same name. Choose those of one folder.');
  return {
    stem: '',
    archive: null,
    paths: [...contents.keys()],
    source: (path) => {
      const content = contents.get(path)!;
      checkSize(path, content.size);
      return blobSource(content);
    },
  };
}

/** Every folder with a config.json and weights, under any others; where there is none, the one GGUF file. */
async function readModels({ stem, archive, paths, source }: Folder): Promise<OfferedGuest[]> {
  const configs = paths.filter((path) => config.test(path));
  const ggufs = paths.filter((path) => gguf.test(path));
  if (configs.length === 0 && ggufs.length > 0) {
    if (ggufs.length > 1) throw new OfferError(`There are ${ggufs.length} GGUF files here. Choose one at a time.`);
    return [await readGgufFile(ggufs[0], source(ggufs[0]), archive ?? ggufs[0])];
  }
  const all = configs
    .map((path) => path.slice(0, -'config.json'.length))
    .map((folder) => {
      checkPath(`${folder}config.json`);
      const inside = paths.filter((path) => path.startsWith(folder) && isUsed(path.slice(folder.length)));
      return { folder, inside };
    });
  const complete = all.filter(({ inside }) => inside.some(isWeights));
  const models = complete.length > 0 ? complete : all;
  if (models.length === 0) {
    throw new AgentFilesError(
      'There is no model here: it has no config.json. Choose a whole Hugging Face folder, or a .gguf file.',
    );
  }
  if (models.length > MOST_MODELS) {
    throw new OfferError(`There are ${models.length} models here. Choose at most ${MOST_MODELS} at once.`);
  }
  const guests: OfferedGuest[] = [];
  for (const { folder, inside } of models) {
    const sources = Object.fromEntries(inside.map((path) => [path.slice(folder.length), source(path)]));
    // Models of several archives would all be called conversation and feedback.
    const own = folder.split('/').at(-2) ?? '';
    const name = (models.length > 1 ? [stem, own] : [own || stem]).filter((part) => part !== '').join(': ');
    const called = name.slice(0, LONGEST_NAME) || 'model';
    const guest = await readable(folder || called, () => readGuest(sources, called));
    const from = archive === null ? { paths: inside, at: 0 } : { paths: [archive], at: guests.length };
    guests.push({ ...guest, from });
  }
  return guests;
}
