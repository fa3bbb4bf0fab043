/** What was to be read lies behind the bytes that are there. */
export class EndOfBytes extends Error {
  override name = 'EndOfBytes';
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads little-endian numbers and texts one after another. Throws `EndOfBytes` before it reads or makes anything beyond them. */
export class Cursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Bytes that were read. */
  get at(): number {
    return this.#at;
  }

  get view(): DataView {
    return this.#view;
  }

  /** Goes on by so many bytes. Answers where they begin in the view. */
  skip(count: number): number {
    const begin = this.#at;
    if (!(count <= this.#bytes.length - begin)) throw new EndOfBytes();
    this.#at = begin + count;
    return begin;
  }

  u32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  /** The nearest number where it is above 2⁵³. */
  u64(): number {
    return Number(this.#view.getBigUint64(this.skip(8), true));
  }

  /** A copy of so many bytes. */
  take(count: number): Uint8Array<ArrayBuffer> {
    const begin = this.skip(count);
    return this.#bytes.slice(begin, begin + count);
  }

  /** A text in UTF-8 behind its length. Throws `TypeError` where it is none. */
  text(): string {
    const length = this.u64();
    const begin = this.skip(length);
    return utf8.decode(this.#bytes.subarray(begin, begin + length));
  }
}
