import { Zip, ZipPassThrough } from 'fflate';
import { ArchiveTooLargeError } from './archive-errors';

/** What a zip can hold whose places are numbers of 32 and 16 bits; another kind not everything opens. */
export const zipCapacity = { bytes: 2 ** 32 - 1, files: 2 ** 16 - 1 };

/** Most that a file's entries take beside its path, twice, and its content. */
const OVERHEAD = 128;

/** A zip that grows file by file and hands out what it writes, so that nobody has to hold it whole. */
export class ZipWriter {
  readonly #zip: Zip;
  readonly #capacity: typeof zipCapacity;
  readonly #paths = new Set<string>();
  /** No less than will be written, up to its end. */
  #bytes = 0;

  constructor(write: (chunk: Uint8Array<ArrayBuffer>) => void, capacity = zipCapacity) {
    this.#capacity = capacity;
    this.#zip = new Zip((error, chunk) => {
      if (error) throw error;
      write(chunk);
    });
  }

  /** Writes a file as it is. Throws `ArchiveTooLargeError`, and then nothing of it is written. */
  add(path: string, content: Uint8Array): void {
    const bytes = this.#bytes + content.length + OVERHEAD + 2 * new TextEncoder().encode(path).length;
    if (bytes > this.#capacity.bytes || this.#paths.size === this.#capacity.files) throw tooMuch();
    if (this.#paths.has(path)) throw new Error(`${path} is in this zip already.`);
    this.#bytes = bytes;
    this.#paths.add(path);
    const file = new ZipPassThrough(path);
    this.#zip.add(file);
    file.push(content, true);
  }

  /** Writes what stands behind the files. */
  end(): void {
    this.#zip.end();
  }
}

function tooMuch(): ArchiveTooLargeError {
  return new ArchiveTooLargeError(
    'Everything together is more than the 4 GiB that one zip can hold, so none was written. Export large runs one by one, or delete what you no longer need.',
  );
}
