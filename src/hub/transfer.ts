/** One file from its host to a part that grows, however often the connection is cut. */
import { pause } from '../network/pause';
import { agrees, Hasher } from './checksum';
import { answeredContent, checkBeginning, wrongSize } from './content-check';
import { UnreachableError, WrongContentError } from './errors';
import type { RemoteFile } from './remote-file';
import { request, type HubAccess } from './request';

/** What is there of a file, in a store that outlives this process. It counts as the file only once it was finished. */
export interface Part {
  /** Bytes that are there. */
  readonly size: number;
  /** Of the content that the bytes are of, as the host named it; null where it did not. */
  readonly validator: string | null;
  /** The bytes that are there, in pieces. */
  read(): AsyncIterable<Uint8Array>;
  /** Empties it, for content under this validator. */
  restart(validator: string | null): Promise<void>;
  append(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** All bytes are there, and are the right ones. */
  finish(sha256: string): Promise<void>;
  /** Leaves it for another time. */
  close(): Promise<void>;
}

export interface TransferOptions {
  access: HubAccess;
  signal: AbortSignal;
  /** Told of the bytes that are there, whenever that changes. */
  onBytes: (bytes: number) => void;
  /** Milliseconds before the first try again; each later one waits twice as long. */
  pause?: number;
}

/** Tries in a row that bring no byte. */
const TRIES = 5;
const PAUSE = 1000;
/** Milliseconds without a byte after which a connection counts as cut. */
const STALLED = 30_000;
/** Bytes of a file whose size nobody says; more are not taken. */
const MOST_UNSAID = 8e9;

/**
 * Fetches what is missing of the file and finishes the part, whose bytes are those of the checksum. Throws `WrongContentError`
 * once the part was emptied; what `request` throws, or the signal has, with the part as far as it came; what the part throws.
 */
export async function transfer(file: RemoteFile, part: Part, options: TransferOptions): Promise<void> {
  const state = new Transfer(file, part, options);
  try {
    await state.run();
  } catch (error) {
    if (error instanceof WrongContentError) await part.restart(null);
    throw error;
  } finally {
    await part.close();
  }
}

/** The bytes so far and their hash. */
class Transfer {
  readonly #file: RemoteFile;
  readonly #part: Part;
  readonly #options: TransferOptions;
  #hasher: Hasher;
  /** Of the whole file, as it was listed or as the host says. */
  #total: number | null;

  constructor(file: RemoteFile, part: Part, options: TransferOptions) {
    this.#file = file;
    this.#part = part;
    this.#options = options;
    this.#hasher = new Hasher(file.checksum, file.size);
    this.#total = file.size;
  }

  async run(): Promise<void> {
    await this.#takeUp();
    for (let fruitless = 0; !this.#complete;) {
      const before = this.#part.size;
      try {
        if (await this.#fetchRest()) break;
        throw new UnreachableError(`The connection to ${new URL(this.#file.url).host} was cut.`);
      } catch (error) {
        if (!(error instanceof UnreachableError)) throw error;
        if (!error.again) throw this.#broken(error);
        fruitless = this.#part.size > before ? 0 : fruitless + 1;
        if (fruitless >= TRIES) throw this.#broken(error);
        await pause((this.#options.pause ?? PAUSE) * 2 ** fruitless, this.#options.signal);
      }
    }
    const digest = this.#hasher.digest();
    if (!agrees(digest, this.#file.checksum)) {
      throw new WrongContentError(
        `${this.#file.path} has another checksum than the Hub lists, so it was damaged on the way. Nothing of it was kept. Download it again.`,
      );
    }
    await this.#part.finish(digest.sha256);
  }

  get #complete(): boolean {
    return this.#total !== null && this.#part.size === this.#total;
  }

  /** Bytes of an earlier time are hashed again: what is on a disk may have changed. */
  async #takeUp(): Promise<void> {
    const { checksum } = this.#file;
    const { size, validator } = this.#part;
    // Without a checksum nor a validator nothing tells whether the rest belongs to them.
    if (size > (this.#total ?? MOST_UNSAID) || (size > 0 && !checksum && validator === null)) await this.#restart(null);
    this.#options.onBytes(this.#part.size);
    for await (const bytes of this.#part.read()) {
      this.#options.signal.throwIfAborted();
      this.#hasher.update(bytes);
    }
  }

  async #restart(validator: string | null): Promise<void> {
    await this.#part.restart(validator);
    this.#hasher = new Hasher(this.#file.checksum, this.#file.size);
    this.#options.onBytes(0);
  }

  /** Takes what comes from where the part ends. @returns whether that is all there is. */
  async #fetchRest(): Promise<boolean> {
    const { access, signal } = this.#options;
    const asked = this.#part.size;
    const stall = new AbortController();
    const both = AbortSignal.any([signal, stall.signal]);
    // A range from 0 too: then nothing is compressed on the way. If-Range would be a header that a page may not send to the
    // hosts of large files; what it asks for, the validator of the answer says as well.
    const headers = { Range: `bytes=${asked}-` };
    const response = await request(access, this.#file.url, { headers, signal: both, what: this.#file.path });
    try {
      if (response.status === 416) return await this.#outside(response);
      await this.#begin(response);
      return await this.#takeBody(response, stall);
    } finally {
      // Another answer than one that was read to its end.
      if (!response.bodyUsed) await response.body?.cancel().catch(() => undefined);
    }
  }

  /** There is nothing from there on: the file is whole, or it is another one. */
  async #outside({ headers }: Response): Promise<boolean> {
    const [, total] = /^bytes \*\/(\d+)$/.exec(headers.get('Content-Range') ?? '') ?? [];
    if (this.#file.size === null && Number(total) === this.#part.size) return true;
    if (this.#part.size === 0) throw wrongSize(this.#file, Number(total ?? 0));
    await this.#restart(null);
    return false;
  }

  /** Settles where the answer's bytes belong. */
  async #begin(response: Response): Promise<void> {
    const { start, total, validator } = answeredContent(response, this.#file);
    const { size } = this.#part;
    const { size: listed, checksum } = this.#file;
    if (total !== null && listed !== null && total !== listed) throw wrongSize(this.#file, total);
    const asked = Number.isNaN(start) ? size : start;
    if (asked !== size && asked !== 0) {
      throw new WrongContentError(
        `${new URL(this.#file.url).host} sends another part of ${this.#file.path} than was asked for.`,
      );
    }
    // A host that does not know ranges sends all; one whose file changed meanwhile sends the rest of another.
    const other = !checksum && size > 0 && validator !== this.#part.validator;
    if (asked === 0) await this.#restart(validator);
    else if (other) {
      await response.body?.cancel();
      await this.#restart(validator);
      throw new UnreachableError(`${this.#file.path} was changed at its host meanwhile.`);
    }
    this.#total = total ?? listed;
  }

  async #takeBody(response: Response, stall: AbortController): Promise<boolean> {
    const reader = (response.body ?? new Blob().stream()).getReader();
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      for (;;) {
        timer = setTimeout(() => stall.abort(), STALLED);
        const { done, value } = await reader.read().catch((error: unknown) => {
          this.#options.signal.throwIfAborted();
          throw new UnreachableError(`The connection to ${new URL(this.#file.url).host} was cut.`, { cause: error });
        });
        clearTimeout(timer);
        if (done) return this.#total === null || this.#complete;
        await this.#take(value);
      }
    } finally {
      clearTimeout(timer);
      await reader.cancel().catch(() => undefined);
    }
  }

  async #take(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const size = this.#part.size + bytes.length;
    if (this.#part.size === 0) checkBeginning(bytes, this.#file);
    if (size > (this.#total ?? MOST_UNSAID)) throw wrongSize(this.#file, size);
    await this.#part.append(bytes);
    this.#hasher.update(bytes);
    this.#options.onBytes(this.#part.size);
  }

  #broken(error: UnreachableError): UnreachableError {
    const { size } = this.#part;
    const kept = size > 0 ? ` What came so far is kept: download it again to go on from there.` : '';
    return new UnreachableError(`${error.message}${kept}`, { cause: error });
  }
}
