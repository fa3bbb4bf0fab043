/**
 * Downloaded models in this origin's private file system: whole files are among the blobs, `parts/` has those that are on
 * their way, and `models/` says which files make which model.
 */
import * as v from 'valibot';
import { textHash } from '../../src/hub/checksum';
import type { DownloadStore } from '../../src/hub/download';
import { planBytes, type DownloadPlan, type RemoteFile } from '../../src/hub/remote-file';
import type { KeptDownload, OfferedFile } from '../protocol/hub';
import type { BlobStore } from '../storage/blob-store';
import { fileIn, readJson, removeFrom, sizeIn, writeText } from '../storage/folders';
import { PrivatePart, validatorOf } from './private-part';

/** A model is not here, or not whole. */
export class NotKeptError extends Error {
  override name = 'NotKeptError';
}

const fileSchema = v.object({
  path: v.string(),
  url: v.string(),
  size: v.nullable(v.number()),
  checksum: v.nullable(v.object({ algorithm: v.picklist(['sha256', 'git-sha1']), hex: v.string() })),
});
const planSchema = v.object({
  name: v.string(),
  address: v.string(),
  commit: v.nullable(v.string()),
  form: v.picklist(['folder', 'file']),
  files: v.array(fileSchema),
});
/** `blobs` has a file's name among the blobs by its path, once it is whole. */
const recordSchema = v.object({ plan: planSchema, begun: v.number(), blobs: v.record(v.string(), v.string()) });
type ModelRecord = v.InferOutput<typeof recordSchema>;

interface Folders {
  blobs: FileSystemDirectoryHandle;
  parts: FileSystemDirectoryHandle;
  models: FileSystemDirectoryHandle;
}

export class ModelStore {
  readonly #blobs: BlobStore;

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  /** Begins a model, or goes on with it. Files go to `store`; `done` answers what is there. */
  async begin(plan: DownloadPlan): Promise<{ store: DownloadStore; done: () => Promise<KeptDownload> }> {
    const folders = await this.#folders();
    const id = idOf(plan);
    const before = await readRecord(folders, id);
    const record: ModelRecord = { plan: mutable(plan), begun: Date.now(), blobs: before?.blobs ?? {} };
    const save = () => writeText(folders.models, id, JSON.stringify(record));
    await save();
    const note = async (file: RemoteFile, blob: string) => {
      record.blobs[file.path] = blob;
      await save();
    };
    const places = { ...folders, hold: (work: () => Promise<boolean>) => this.#blobs.hold(work) };
    const store: DownloadStore = { open: (file) => openFile(places, file, record.blobs[file.path] ?? null, note) };
    return { store, done: () => keptOf(folders, id, record) };
  }

  /** Newest first. */
  async list(): Promise<KeptDownload[]> {
    const folders = await this.#folders();
    const records = await allRecords(folders);
    records.sort(([, a], [, b]) => b.begun - a.begun);
    return await Promise.all(records.map(([id, record]) => keptOf(folders, id, record)));
  }

  /** Throws `NotKeptError`. */
  async files(id: string): Promise<OfferedFile[]> {
    const folders = await this.#folders();
    const record = await readRecord(folders, id);
    if (!record || !(await keptOf(folders, id, record)).complete) {
      throw new NotKeptError('This model is not whole here any more. Download it again.');
    }
    const { plan, blobs } = record;
    return await Promise.all(
      plan.files.map(async ({ path }) => {
        const content = await (await folders.blobs.getFileHandle(blobs[path])).getFile();
        return { path: plan.form === 'folder' ? `${plan.name}/${path}` : path, content };
      }),
    );
  }

  /** Names of the blobs that any model needs. */
  async blobs(): Promise<string[]> {
    const records = await allRecords(await this.#folders());
    return records.flatMap(([, { blobs }]) => Object.values(blobs));
  }

  /** Files that another model or a guest has too stay. */
  async remove(id: string): Promise<void> {
    const folders = await this.#folders();
    const record = await readRecord(folders, id);
    await removeFrom(folders.models, id);
    if (!record) return;
    const others = (await allRecords(folders)).map(([, other]) => other);
    const parts = new Set(others.flatMap(({ plan }) => plan.files.map(partName)));
    for (const part of record.plan.files.map(partName).filter((name) => !parts.has(name))) {
      await removeFrom(folders.parts, part);
      await removeFrom(folders.parts, validatorOf(part));
    }
    await this.#blobs.sweep();
  }

  async #folders(): Promise<Folders> {
    const root = await this.#blobs.root();
    const [parts, models] = await Promise.all(
      ['parts', 'models'].map((name) => root.getDirectoryHandle(name, { create: true })),
    );
    return { blobs: await this.#blobs.folder(), parts, models };
  }
}

/** The same for the same content, so that a model that was begun is found again. */
function idOf({ address, commit }: DownloadPlan): string {
  return textHash(`${address} ${commit ?? ''}`).slice(0, 32);
}

/** Of a file on its way: by what it is to become, or by where it comes from. */
function partName({ checksum, url }: RemoteFile): string {
  return checksum ? `${checksum.algorithm}-${checksum.hex}` : `url-${textHash(url)}`;
}

/** `hold` keeps a blob until the record names it. */
async function openFile(
  { blobs, parts, hold }: Folders & { hold: (work: () => Promise<boolean>) => Promise<boolean> },
  file: RemoteFile,
  known: string | null,
  note: (file: RemoteFile, blob: string) => Promise<void>,
): Promise<PrivatePart | null> {
  // A file that another model brought is there under the same hash.
  const whole = known ?? (file.checksum ? partName(file) : null);
  const isThere = await hold(async () => {
    const size = whole === null ? null : await sizeIn(blobs, whole);
    if (whole === null || size === null || (file.size !== null && size !== file.size)) return false;
    await note(file, whole);
    return true;
  });
  if (isThere) return null;
  const blobName = (sha256: string) => (file.checksum ? partName(file) : `sha256-${sha256}`);
  const part = await PrivatePart.open({ parts, name: partName(file), blobs, blobName });
  const finish = part.finish.bind(part);
  part.finish = async (sha256) => {
    await hold(async () => {
      await finish(sha256);
      await note(file, blobName(sha256));
      return true;
    });
  };
  return part;
}

async function keptOf({ blobs, parts }: Folders, id: string, record: ModelRecord): Promise<KeptDownload> {
  let complete = true;
  let bytes = 0;
  for (const file of record.plan.files) {
    const blob = record.blobs[file.path];
    const whole = blob === undefined ? null : await sizeIn(blobs, blob);
    const isWhole = whole !== null && (file.size === null || whole === file.size);
    complete &&= isWhole;
    bytes += isWhole ? whole : ((await sizeIn(parts, partName(file))) ?? 0);
  }
  return { model: id, plan: record.plan, bytes, total: planBytes(record.plan), complete };
}

async function readRecord({ models }: Folders, id: string): Promise<ModelRecord | null> {
  if (!(await fileIn(models, id))) return null;
  const read = v.safeParse(recordSchema, await readJson(models, id));
  return read.success ? read.output : null;
}

async function allRecords(folders: Folders): Promise<[string, ModelRecord][]> {
  const found: [string, ModelRecord][] = [];
  for await (const id of folders.models.keys()) {
    const record = /^[0-9a-f]{32}$/.test(id) ? await readRecord(folders, id) : null;
    if (record) found.push([id, record]);
  }
  return found;
}

function mutable(plan: DownloadPlan): ModelRecord['plan'] {
  return { ...plan, files: plan.files.map((file) => ({ ...file })) };
}
