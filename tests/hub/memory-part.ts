import type { Part } from '../../src/hub/transfer';

/** A part in memory, and whether it was finished. */
export class MemoryPart implements Part {
  #bytes = new Uint8Array(0);
  validator: string | null;
  /** SHA-256 under which it was finished; null while it was not. */
  finished: string | null = null;
  restarts = 0;

  constructor(bytes: Uint8Array = new Uint8Array(0), validator: string | null = null) {
    this.#bytes = new Uint8Array(bytes);
    this.validator = validator;
  }

  get size(): number {
    return this.#bytes.length;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  async *read(): AsyncIterable<Uint8Array> {
    await Promise.resolve();
    yield this.#bytes;
  }

  restart(validator: string | null): Promise<void> {
    this.#bytes = new Uint8Array(0);
    this.validator = validator;
    this.restarts++;
    return Promise.resolve();
  }

  append(bytes: Uint8Array): Promise<void> {
    const all = new Uint8Array(this.#bytes.length + bytes.length);
    all.set(this.#bytes);
    all.set(bytes, this.#bytes.length);
    this.#bytes = all;
    return Promise.resolve();
  }

  finish(sha256: string): Promise<void> {
    this.finished = sha256;
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
