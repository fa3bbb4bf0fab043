import { Inflate } from 'fflate';
import { ArchiveDamagedError } from './archive-errors';
import type { ByteSource } from './byte-source';
import { Crc32 } from './crc32';
import { short } from './short';
import type { ZipEntry } from './zip-directory';

/** Bytes that are read at once, packed. */
const PIECE = 2 ** 18;

/**
 * A file in a zip, unpacked as it is read: only what was asked for last is in memory. It is read from its begin on, and once more from there
 * where somebody goes back. Throws `ArchiveDamagedError`, at its end where its checksum is not that of the directory.
 */
export class ZipEntrySource implements ByteSource {
  readonly size: number;
  readonly #zip: ByteSource;
  readonly #entry: ZipEntry;
  #reading: Reading;
  /** Slices are read one after another. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(zip: ByteSource, entry: ZipEntry) {
    this.size = entry.size;
    this.#zip = zip;
    this.#entry = entry;
    this.#reading = new Reading(zip, entry);
  }

  slice(begin: number, end: number): Promise<Uint8Array> {
    const slice = this.#last.then(() => this.#slice(begin, end));
    this.#last = slice.catch(() => undefined);
    return slice;
  }

  async #slice(begin: number, end: number): Promise<Uint8Array> {
    if (begin < this.#reading.at) this.#reading = new Reading(this.#zip, this.#entry);
    const bytes = new Uint8Array(end - begin);
    while (this.#reading.at < end) {
      const piece = this.#reading.take(end) ?? (await this.#reading.more(), null);
      if (piece) place(bytes, piece.bytes, piece.at - begin);
    }
    if (end === this.size) await this.#reading.finish();
    return bytes;
  }
}

/** Puts a piece to its place in `bytes`; what of it stands before their begin is left out. */
function place(bytes: Uint8Array, piece: Uint8Array, at: number): void {
  if (at >= 0) bytes.set(piece, at);
  else if (at + piece.length > 0) bytes.set(piece.subarray(-at), 0);
}

/** One way through a file, from its begin to its end. */
class Reading {
  /** How far it was taken. */
  at = 0;
  readonly #zip: ByteSource;
  readonly #entry: ZipEntry;
  readonly #inflate: Inflate | null;
  readonly #checksum = new Crc32();
  #unpacked: Uint8Array[] = [];
  #read = 0;
  #made = 0;

  constructor(zip: ByteSource, entry: ZipEntry) {
    this.#zip = zip;
    this.#entry = entry;
    this.#inflate = entry.method === 0 ? null : new Inflate((bytes) => this.#put(bytes));
  }

  /** What comes next and is there already, up to `end`; null where nothing is. */
  take(end: number): { at: number; bytes: Uint8Array } | null {
    const [first] = this.#unpacked;
    if (!first) return null;
    const bytes = first.subarray(0, end - this.at);
    if (bytes.length < first.length) this.#unpacked[0] = first.subarray(bytes.length);
    else this.#unpacked.shift();
    const { at } = this;
    this.at += bytes.length;
    return { at, bytes };
  }

  /** Unpacks the next piece of it. */
  async more(): Promise<void> {
    const { begin, packed } = this.#entry;
    const length = Math.min(PIECE, packed - this.#read);
    if (length === 0) throw this.#damaged();
    const bytes = await this.#zip.slice(begin + this.#read, begin + this.#read + length);
    this.#read += length;
    try {
      if (this.#inflate) this.#inflate.push(bytes, this.#read === packed);
      else this.#put(bytes);
    } catch (error) {
      throw error instanceof ArchiveDamagedError ? error : this.#damaged();
    }
  }

  /** Throws unless the whole of it was as the directory says. */
  async finish(): Promise<void> {
    while (this.#read < this.#entry.packed) await this.more();
    if (this.#made !== this.#entry.size || this.#checksum.value !== this.#entry.checksum) throw this.#damaged();
  }

  #put(bytes: Uint8Array): void {
    this.#made += bytes.length;
    if (this.#made > this.#entry.size) throw this.#damaged();
    if (bytes.length === 0) return;
    this.#checksum.add(bytes);
    this.#unpacked.push(bytes);
  }

  #damaged(): ArchiveDamagedError {
    const name = short(this.#entry.name);
    return new ArchiveDamagedError(`${name} in this archive is damaged. Export or download it again.`);
  }
}
