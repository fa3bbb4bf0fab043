/**
 * The safetensors format (https://github.com/huggingface/safetensors#format): eight bytes of header length, a JSON
 * header, then the tensors' bytes without gaps. Everything is little-endian, as every WebGPU machine is.
 */
import type { ByteSource } from './byte-source';
import { duplicateKey, isRecord } from './json';
import { excess, headerLimits } from './limits';
import { allFinite, bytesPerValue, decodeInto, type Dtype } from './numbers';
import { short } from './short';

/** A named array of f32 values, row-major. */
export interface Tensor {
  name: string;
  /** Empty for a scalar. */
  shape: readonly number[];
  data: Float32Array<ArrayBuffer>;
}

/** A named array that still lies in its file. */
export interface StoredTensor {
  name: string;
  shape: readonly number[];
  dtype: Dtype;
  /** Where it begins in the file's data, in bytes. */
  begin: number;
  /** Its values as f32. Throws `NotFiniteError` on a NaN or an infinity. */
  read: () => Promise<Float32Array<ArrayBuffer>>;
  /** The same into an array of as many as are wanted, from the `from`th on. */
  readInto(to: Float32Array<ArrayBuffer>, from?: number): Promise<void>;
}

export interface Safetensors {
  tensors: ReadonlyMap<string, StoredTensor>;
  metadata: Readonly<Record<string, string>>;
  /** Kinds of number in the file. */
  dtypes: ReadonlySet<Dtype>;
}

/** A file that is not well-formed safetensors, or not of a kind that can be read here. */
export class SafetensorsError extends Error {
  override name = 'SafetensorsError';
}

/** A NaN or infinity where only finite numbers make sense. */
export class NotFiniteError extends SafetensorsError {
  override name = 'NotFiniteError';
}

const afterDivergence = 'Go on from an earlier checkpoint; a lower learning rate keeps a run from diverging.';
const METADATA = '__metadata__';
/** Values that are decoded at once: more of a file is not in memory. */
const PIECE = 2 ** 21;

/**
 * Writes the tensors as F32 in the order given, bit for bit; the data starts at a multiple of eight bytes. Throws
 * `NotFiniteError` rather than write a file that would be refused.
 */
export function writeSafetensors(
  tensors: readonly Tensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const entries: [string, unknown][] = Object.keys(metadata).length ? [[METADATA, metadata]] : [];
  const names = new Set([METADATA]);
  let end = 0;
  for (const { name, shape, data } of tensors) {
    if (names.has(name)) throw new SafetensorsError(`Cannot write two tensors named "${name}": rename one.`);
    if (elements(shape) !== data.length) {
      throw new SafetensorsError(
        `Cannot write "${name}": shape [${shape.join(', ')}] does not hold ${data.length} values. Correct the shape.`,
      );
    }
    if (!allFinite(data)) {
      throw new NotFiniteError(`Cannot write "${name}": it holds a NaN or an infinity. ${afterDivergence}`);
    }
    names.add(name);
    entries.push([name, { dtype: 'F32', shape, data_offsets: [end, (end += data.byteLength)] }]);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(start + end);
  bytes.fill(0x20, 8, start);
  bytes.set(json, 8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  let at = start;
  for (const { data } of tensors) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Finds the F32, F16 and BF16 tensors of a file, and reads and decodes each when it is asked for, in pieces. Throws `SafetensorsError` on anything
 * malformed. `file` names the file in messages.
 */
export async function readSafetensors(
  source: ByteSource,
  { file = 'this file' }: { file?: string } = {},
): Promise<Safetensors> {
  const refuse = (what: string): never => {
    throw new SafetensorsError(`Cannot read ${file}: ${what}. Download or export it again.`);
  };
  const { header, start } = await readHeader(source, refuse);
  const length = source.size - start;
  const places: Place[] = [];
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === METADATA) {
      if (!isMetadata(entry)) return refuse('its __metadata__ must map texts to texts');
      metadata = entry;
      continue;
    }
    const { dtype, shape, begin, end } = readEntry(name, entry, refuse);
    if (end > length) refuse(`"${short(name)}" ends at byte ${end} but only ${length} bytes of data are there`);
    if (elements(shape) * bytesPerValue[dtype] !== end - begin) {
      refuse(`"${short(name)}" has shape [${short(shape.join(', '))}] of ${dtype}, which is not ${end - begin} bytes`);
    }
    places.push({ name, dtype, shape, begin, end });
  }
  // Before anything is decoded: tensors that overlap could be many times the file.
  checkCover(places, length, refuse);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, begin } of places) {
    const bytes = bytesPerValue[dtype];
    const readInto = async (to: Float32Array<ArrayBuffer>, from = 0) => {
      for (let at = 0; at < to.length; at += PIECE) {
        const values = to.subarray(at, at + PIECE);
        const place = start + begin + bytes * (from + at);
        if (decodeInto(values, await source.slice(place, place + bytes * values.length), dtype)) continue;
        throw new NotFiniteError(`Cannot use ${file}: "${short(name)}" holds a NaN or an infinity. ${afterDivergence}`);
      }
    };
    const read = async () => {
      const values = new Float32Array(elements(shape));
      await readInto(values);
      return values;
    };
    tensors.set(name, { name, shape, dtype, begin, read, readInto });
  }
  return { tensors, metadata, dtypes: new Set(places.map(({ dtype }) => dtype)) };
}

type Refuse = (what: string) => never;

/** The header, and where the data begins. */
async function readHeader(
  source: ByteSource,
  refuse: Refuse,
): Promise<{ header: Record<string, unknown>; start: number }> {
  if (source.size < 8) return refuse('it is shorter than the eight bytes that every safetensors file starts with');
  const first = await source.slice(0, 8);
  const length = Number(new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true));
  if (length > headerLimits.bytes) {
    return refuse(
      `it announces a header of ${length} bytes, so it is not safetensors: ${headerLimits.bytes} are the most`,
    );
  }
  if (8 + length > source.size) return refuse('it ends inside its header, so it was cut off');
  const bytes = await source.slice(8, 8 + length);
  const tooMuch = excess(bytes, headerLimits);
  if (tooMuch !== null) return refuse(`its header ${tooMuch}`);
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch {
    return refuse('its header is not JSON');
  }
  if (!text.startsWith('{') || !isRecord(header)) return refuse('its header is not a JSON object');
  const twice = duplicateKey(text);
  if (twice !== null) return refuse(`its header has the name "${short(twice)}" twice`);
  return { header, start: 8 + length };
}

/** Where a tensor lies in a file's data. */
interface Place {
  name: string;
  dtype: Dtype;
  shape: number[];
  begin: number;
  end: number;
}

function readEntry(name: string, entry: unknown, refuse: Refuse): Omit<Place, 'name'> {
  if (!isRecord(entry)) return refuse(`the entry of "${short(name)}" is not an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isDtype(dtype))
    return refuse(
      `"${short(name)}" is ${dtype === undefined ? 'of no dtype' : short(JSON.stringify(dtype))}; only F32, F16 and BF16 can be read`,
    );
  if (!isSizes(shape) || !Number.isSafeInteger(elements(shape))) return refuse(`"${short(name)}" has no proper shape`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    return refuse(`"${short(name)}" has no proper data_offsets`);
  }
  return { dtype, shape, begin: offsets[0], end: offsets[1] };
}

/** The format allows neither overlaps nor gaps: hidden bytes are how one file comes to mean two things. */
function checkCover(places: readonly Place[], length: number, refuse: Refuse): void {
  let covered = 0;
  for (const { name, begin, end } of places.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < covered) refuse(`"${short(name)}" overlaps the tensor before it`);
    if (begin > covered) refuse(`bytes ${covered} to ${begin} belong to no tensor`);
    covered = end;
  }
  if (covered !== length) refuse(`its last ${length - covered} bytes belong to no tensor`);
}

function elements(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

function isMetadata(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && Object.hasOwn(bytesPerValue, value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
