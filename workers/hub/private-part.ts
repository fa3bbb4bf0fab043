import { NoRoomError } from '../../src/hub/errors';
import type { Part } from '../../src/hub/transfer';
import {
  move,
  openAccess,
  readJson,
  removeFrom,
  writeText,
  writeWhole,
  type PrivateFileAccess,
} from '../storage/folders';

/** Another tab has the file open. */
export class DownloadedElsewhereError extends Error {
  override name = 'DownloadedElsewhereError';
}

/** Bytes of a part that are read at once. */
const PIECE = 4_000_000;

interface PartPlaces {
  parts: FileSystemDirectoryHandle;
  /** Of the part in there. */
  name: string;
  /** Where it goes when it is whole. */
  blobs: FileSystemDirectoryHandle;
  /** What it is called there, by its SHA-256. */
  blobName: (sha256: string) => string;
}

/** A part in this origin's private file system, for this worker alone. */
export class PrivatePart implements Part {
  readonly #places: PartPlaces;
  readonly #file: FileSystemFileHandle;
  readonly #handle: PrivateFileAccess;
  #size: number;
  #validator: string | null;
  #closed = false;

  private constructor(
    places: PartPlaces,
    open: { file: FileSystemFileHandle; handle: PrivateFileAccess; validator: string | null },
  ) {
    this.#places = places;
    this.#file = open.file;
    this.#handle = open.handle;
    this.#size = open.handle.getSize();
    this.#validator = open.validator;
  }

  /** Throws `DownloadedElsewhereError`. */
  static async open(places: PartPlaces): Promise<PrivatePart> {
    const { parts, name } = places;
    const file = await parts.getFileHandle(name, { create: true });
    const kept = await readJson(parts, validatorOf(name));
    const validator = typeof kept === 'string' ? kept : null;
    try {
      return new PrivatePart(places, { file, handle: await openAccess(file), validator });
    } catch (error) {
      if ((error as DOMException).name !== 'NoModificationAllowedError') throw error;
      throw new DownloadedElsewhereError('Another tab downloads this model. Wait for it, or cancel it there.', {
        cause: error,
      });
    }
  }

  get size(): number {
    return this.#size;
  }

  get validator(): string | null {
    return this.#validator;
  }

  async *read(): AsyncIterable<Uint8Array> {
    for (let at = 0; at < this.#size; at += PIECE) {
      const bytes = new Uint8Array(Math.min(PIECE, this.#size - at));
      this.#handle.read(bytes, { at });
      yield bytes;
      // Hashing is work: whoever cancels is heard in between.
      await new Promise((heard) => setTimeout(heard));
    }
  }

  async restart(validator: string | null): Promise<void> {
    const { parts, name } = this.#places;
    // The validator goes first: bytes under a wrong one would be continued with others.
    await removeFrom(parts, validatorOf(name));
    this.#handle.truncate(0);
    this.#size = 0;
    this.#validator = validator;
    if (validator !== null) await writeText(parts, validatorOf(name), JSON.stringify(validator));
  }

  append(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      writeWhole(this.#handle, bytes, this.#size);
    } catch (error) {
      if ((error as DOMException).name !== 'QuotaExceededError') throw error;
      const message =
        'The browser gives this page no more room. Delete models or runs, or free some of the disk, then go on: what came so far is kept.';
      throw new NoRoomError(message, { cause: error });
    } finally {
      this.#size = this.#handle.getSize();
    }
    return Promise.resolve();
  }

  async finish(sha256: string): Promise<void> {
    const { parts, name, blobs, blobName } = this.#places;
    this.#handle.flush();
    await this.close();
    await move(this.#file, blobs, blobName(sha256));
    await removeFrom(parts, validatorOf(name));
  }

  close(): Promise<void> {
    if (!this.#closed) this.#handle.close();
    this.#closed = true;
    return Promise.resolve();
  }
}

export function validatorOf(name: string): string {
  return `${name}.validator`;
}
