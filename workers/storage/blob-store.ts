/**
 * Whole files in this origin's private file system, each content once, by its hash. Downloads and guests share them: a file stays
 * as long as any of their records names it.
 */
import { Hasher } from '../../src/hub/checksum';
import { StoreError, StoreUnavailableError } from '../../src/checkpoint/store-errors';
import { fileIn, move, openAccess, removeFrom, sizeIn, writeWhole } from './folders';

/** Bytes of a file that are in memory at once. */
const PIECE = 4_000_000;
const LOCK = 'waltzrl-blobs';

export class BlobStore {
  readonly #root: () => Promise<FileSystemDirectoryHandle>;
  #needs: readonly (() => Promise<Iterable<string>>)[] = [];

  constructor(root = () => navigator.storage.getDirectory()) {
    this.#root = root;
  }

  /** Says who knows the names of blobs that are needed. Nothing is swept before. */
  neededBy(...needs: (() => Promise<Iterable<string>>)[]): void {
    this.#needs = needs;
  }

  /** Whether this browser has a private file system here, and lets it be written. */
  async available(): Promise<boolean> {
    try {
      await this.folder();
      return 'createSyncAccessHandle' in FileSystemFileHandle.prototype;
    } catch {
      return false;
    }
  }

  /** Throws `StoreUnavailableError`. */
  async root(): Promise<FileSystemDirectoryHandle> {
    try {
      return await (await this.#root()).getDirectoryHandle('downloads', { create: true });
    } catch (error) {
      const message = 'This browser gives this page no files of its own. Leave private browsing, or allow site data.';
      throw new StoreUnavailableError(message, { cause: error });
    }
  }

  async folder(): Promise<FileSystemDirectoryHandle> {
    return await (await this.root()).getDirectoryHandle('blobs', { create: true });
  }

  /** Keeps a file, unless its content is there, and answers its name. Throws what reading or writing does. Call it within `hold`. */
  async put(content: Blob): Promise<string> {
    const folder = await this.folder();
    const name = `sha256-${await hashOf(content)}`;
    if ((await sizeIn(folder, name)) === content.size) return name;
    // One that is never finished has a name that no record can have.
    const temporary = `${crypto.randomUUID()}.new`;
    try {
      const file = await folder.getFileHandle(temporary, { create: true });
      await write(content, file);
      await move(file, folder, name);
    } catch (error) {
      await removeFrom(folder, temporary);
      throw error;
    }
    return name;
  }

  /** Null where there is none. */
  async get(name: string): Promise<File | null> {
    return (await (await fileIn(await this.folder(), name))?.getFile()) ?? null;
  }

  /** Does something that ends with a record of new blobs: nothing is swept meanwhile, in no tab. */
  async hold<Result>(work: () => Promise<Result>): Promise<Result> {
    return await navigator.locks.request(LOCK, { mode: 'shared' }, work);
  }

  /** Deletes what no record names. What cannot be done now, as something is held or read, is left to the next time. */
  async sweep(): Promise<void> {
    if (this.#needs.length === 0 || !(await this.available())) return;
    await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      try {
        await this.#sweep();
      } catch (error) {
        if (!(error instanceof DOMException || error instanceof StoreError)) throw error;
      }
    });
  }

  async #sweep(): Promise<void> {
    const needed = new Set((await Promise.all(this.#needs.map((need) => need()))).flatMap((names) => [...names]));
    const folder = await this.folder();
    const gone: string[] = [];
    for await (const name of folder.keys()) if (!needed.has(name)) gone.push(name);
    for (const name of gone) await removeFrom(folder, name);
  }
}

async function* pieces(content: Blob): AsyncIterable<Uint8Array> {
  for (let at = 0; at < content.size; at += PIECE) {
    yield new Uint8Array(await content.slice(at, at + PIECE).arrayBuffer());
  }
}

async function hashOf(content: Blob): Promise<string> {
  const hasher = new Hasher(null, null);
  for await (const piece of pieces(content)) hasher.update(piece);
  return hasher.digest().sha256;
}

async function write(content: Blob, file: FileSystemFileHandle): Promise<void> {
  const handle = await openAccess(file);
  try {
    let at = 0;
    for await (const piece of pieces(content)) {
      writeWhole(handle, piece, at);
      at += piece.length;
    }
    handle.flush();
  } finally {
    handle.close();
  }
}
