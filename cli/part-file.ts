import { createReadStream } from 'node:fs';
import { open, readFile, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { NoRoomError } from '../src/hub/errors';
import type { Part } from '../src/hub/transfer';

/** A part on a disk: `PATH.part`, with the content's validator beside it. Finished, it is `PATH`. */
export class PartFile implements Part {
  readonly #path: string;
  readonly #handle: FileHandle;
  #size: number;
  #validator: string | null;
  #closed = false;

  private constructor(path: string, handle: FileHandle, size: number, validator: string | null) {
    this.#path = path;
    this.#handle = handle;
    this.#size = size;
    this.#validator = validator;
  }

  static async open(path: string): Promise<PartFile> {
    const handle = await open(`${path}.part`, 'a+');
    const { size } = await handle.stat();
    const validator = await readFile(`${path}.validator`, 'utf8').catch(() => '');
    return new PartFile(path, handle, size, validator === '' ? null : validator);
  }

  get size(): number {
    return this.#size;
  }

  get validator(): string | null {
    return this.#validator;
  }

  read(): AsyncIterable<Uint8Array> {
    return createReadStream(`${this.#path}.part`, { end: Math.max(0, this.#size - 1) });
  }

  async restart(validator: string | null): Promise<void> {
    // The validator goes first: bytes under a wrong one would be continued with others.
    await rm(`${this.#path}.validator`, { force: true });
    await this.#handle.truncate(0);
    this.#size = 0;
    this.#validator = validator;
    if (validator !== null) await this.#writing(() => writeFile(`${this.#path}.validator`, validator));
  }

  async append(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#writing(async () => {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await this.#handle.write(bytes, done);
        done += bytesWritten;
        this.#size += bytesWritten;
      }
    });
  }

  async finish(): Promise<void> {
    await this.#writing(() => this.#handle.sync());
    await this.close();
    await rename(`${this.#path}.part`, this.#path);
    await rm(`${this.#path}.validator`, { force: true });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#handle.close();
  }

  async #writing(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      const message = `There is no room left on the disk of ${this.#path}. Free some, then fetch again: what came so far is kept.`;
      throw new NoRoomError(message, { cause: error });
    }
  }
}
