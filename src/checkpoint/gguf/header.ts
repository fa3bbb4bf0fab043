/**
 * The header of a GGUF file (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): metadata, and where its tensors lie.
 *
 * @huggingface/gguf 0.4.6 reads it too, and our tests compare with it. It is not used here, as what it takes in cannot be bounded
 * or trusted: bytes behind the end of a file are read as zeros, a text that a slice of 2 MB cuts off stays cut off, a key
 * that stands twice and bytes that are no UTF-8 pass silently, and an array of bytes becomes boxed numbers.
 */
import type { ByteSource } from '../byte-source';
import { short } from '../short';
import { Cursor, EndOfBytes } from './cursor';
import type { Refusal } from './error';

export type Numbers =
  Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;
export type Value = number | boolean | string | readonly string[] | Numbers;

/** A tensor as the header has it. */
export interface TensorEntry {
  name: string;
  /** Fastest dimension first, as ggml counts. */
  dimensions: readonly number[];
  /** ggml's number of how its values are kept. */
  type: number;
  /** Bytes behind the header. */
  offset: number;
}

export interface Header {
  metadata: ReadonlyMap<string, Value>;
  tensors: readonly TensorEntry[];
  /** Bytes of it, without what fills up to the alignment. */
  length: number;
}

/** A margin of five or more over public files: the header of a vocabulary of 262,000 words has 12 MB, the largest 2,000 tensors. */
export const headerLimits = { bytes: 64_000_000, entries: 10_000, tensors: 20_000, texts: 2_000_000, dimensions: 4 };

/** Most headers fit in the first of the slices that are tried, each twice as long as the one before. */
const FIRST_SLICE = 2 ** 22;
const MAGIC = 'GGUF';
const VERSIONS = [2, 3];
const BIG_ENDIAN = 0x0100_0000;

/** Whether a file begins as GGUF files do. */
export async function isGguf(file: ByteSource): Promise<boolean> {
  return new TextDecoder().decode(await file.slice(0, Math.min(MAGIC.length, file.size))) === MAGIC;
}

/** Reads no more of the file than its header takes. */
export async function readHeader(file: ByteSource, refusal: Refusal): Promise<Header> {
  for (let length = FIRST_SLICE; ; length *= 2) {
    const most = Math.min(file.size, headerLimits.bytes);
    const bytes = await file.slice(0, Math.min(length, most));
    try {
      return parse(new Cursor(bytes), refusal);
    } catch (error) {
      if (!(error instanceof EndOfBytes)) throw error;
      if (bytes.length < most) continue;
      if (most < file.size) refusal.damaged(`its header is longer than ${headerLimits.bytes / 1e6} MB`);
      refusal.damaged('it ends inside its header, so it was cut off');
    }
  }
}

function parse(cursor: Cursor, refusal: Refusal): Header {
  const magic = String.fromCharCode(...cursor.take(MAGIC.length));
  if (magic !== MAGIC) refusal.damaged('it does not begin with "GGUF", so it is another kind of file');
  checkVersion(cursor.u32(), refusal);
  const count = (what: string, most: number): number => {
    const found = cursor.u64();
    if (found > most) refusal.damaged(`its header announces ${found} ${what}, and ${most} are the most`);
    return found;
  };
  const tensorCount = count('tensors', headerLimits.tensors);
  const entryCount = count('entries', headerLimits.entries);
  const metadata = new Map<string, Value>();
  for (let i = 0; i < entryCount; i++) {
    const key = readText(cursor, 'the name of an entry', refusal);
    if (metadata.has(key)) refusal.damaged(`its header has "${short(key)}" twice`);
    metadata.set(key, readValue(cursor, cursor.u32(), key, refusal));
  }
  const names = new Set<string>();
  const tensors = Array.from({ length: tensorCount }, (): TensorEntry => {
    const name = readText(cursor, 'the name of a tensor', refusal);
    if (names.has(name)) refusal.damaged(`its header has the tensor "${short(name)}" twice`);
    names.add(name);
    const rank = cursor.u32();
    if (rank === 0 || rank > headerLimits.dimensions) {
      refusal.damaged(`"${short(name)}" has ${rank} dimensions, and 1 to ${headerLimits.dimensions} are read`);
    }
    const dimensions = Array.from({ length: rank }, () => cursor.u64());
    return { name, dimensions, type: cursor.u32(), offset: cursor.u64() };
  });
  return { metadata, tensors, length: cursor.at };
}

function checkVersion(version: number, { damaged, unsupported }: Refusal): void {
  if (VERSIONS.includes(version)) return;
  const supported = 'Versions 2 and 3, little-endian, can be read: convert the model again with a current llama.cpp.';
  if (version === 1) unsupported('it is GGUF of version 1, which was in use for some weeks of 2023', supported);
  if (version !== 0 && version % BIG_ENDIAN === 0) unsupported('it is big-endian', supported);
  if (version > 3 && version < 100) unsupported(`it is GGUF of version ${version}`, supported);
  damaged(`it announces GGUF of version ${version}, which there is not`);
}

function readText(cursor: Cursor, what: string, refusal: Refusal): string {
  try {
    return cursor.text();
  } catch (error) {
    return error instanceof TypeError ? refusal.damaged(`${what} is not text in UTF-8`) : raise(error);
  }
}

const STRING = 8;
const ARRAY = 9;

interface NumberType {
  bytes: number;
  one: (view: DataView, at: number) => number | boolean;
  many: (buffer: ArrayBuffer) => Numbers;
}

/** By GGUF's number of the type. */
const numberTypes: Readonly<Record<number, NumberType>> = {
  0: { bytes: 1, one: (view, at) => view.getUint8(at), many: (buffer) => new Uint8Array(buffer) },
  1: { bytes: 1, one: (view, at) => view.getInt8(at), many: (buffer) => new Int8Array(buffer) },
  2: { bytes: 2, one: (view, at) => view.getUint16(at, true), many: (buffer) => new Uint16Array(buffer) },
  3: { bytes: 2, one: (view, at) => view.getInt16(at, true), many: (buffer) => new Int16Array(buffer) },
  4: { bytes: 4, one: (view, at) => view.getUint32(at, true), many: (buffer) => new Uint32Array(buffer) },
  5: { bytes: 4, one: (view, at) => view.getInt32(at, true), many: (buffer) => new Int32Array(buffer) },
  6: { bytes: 4, one: (view, at) => view.getFloat32(at, true), many: (buffer) => new Float32Array(buffer) },
  7: { bytes: 1, one: (view, at) => view.getUint8(at) !== 0, many: (buffer) => new Uint8Array(buffer) },
  10: {
    bytes: 8,
    one: (view, at) => Number(view.getBigUint64(at, true)),
    many: (buffer) => Float64Array.from(new BigUint64Array(buffer), Number),
  },
  11: {
    bytes: 8,
    one: (view, at) => Number(view.getBigInt64(at, true)),
    many: (buffer) => Float64Array.from(new BigInt64Array(buffer), Number),
  },
  12: { bytes: 8, one: (view, at) => view.getFloat64(at, true), many: (buffer) => new Float64Array(buffer) },
};

function readValue(cursor: Cursor, type: number, key: string, refusal: Refusal): Value {
  const name = `"${short(key)}"`;
  if (type === STRING) return readText(cursor, name, refusal);
  if (type === ARRAY) return readArray(cursor, name, refusal);
  if (!Object.hasOwn(numberTypes, type)) return refusal.damaged(`${name} is of type ${type}, which there is not`);
  const { bytes, one } = numberTypes[type];
  return one(cursor.view, cursor.skip(bytes));
}

function readArray(cursor: Cursor, name: string, refusal: Refusal): readonly string[] | Numbers {
  const [type, count] = [cursor.u32(), cursor.u64()];
  if (type === STRING) {
    const most = headerLimits.texts;
    if (count > most) refusal.damaged(`${name} announces ${count} texts, and ${most} are the most`);
    const texts: string[] = [];
    for (let i = 0; i < count; i++) texts.push(readText(cursor, `text ${i} of ${name}`, refusal));
    return texts;
  }
  // llama.cpp reads no lists of lists either.
  if (!Object.hasOwn(numberTypes, type)) return refusal.damaged(`${name} is a list of type ${type}, which is not read`);
  const { bytes, many } = numberTypes[type];
  return many(cursor.take(count * bytes).buffer);
}

function raise(error: unknown): never {
  throw error;
}
