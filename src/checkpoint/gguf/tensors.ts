/** The tensors of a GGUF file: found, checked, and read piece by piece into the flat layout. */
import type { LlamaConfig } from '../../model/config';
import { parameterLayout, type TensorPlace } from '../../model/layout';
import type { ByteSource } from '../byte-source';
import { allFinite } from '../numbers';
import { NotFiniteError } from '../safetensors';
import { short } from '../short';
import { allocateFlat, type Parameters } from '../weights';
import type { Refusal } from './error';
import type { Header, TensorEntry } from './header';
import type { Metadata } from './metadata';
import { ggufName, ROPE_FACTORS, rowOrder } from './names';
import { quantizationOf, supportedQuantizations, type Quantization } from './quantization';

/** A tensor that lies in the file, whole. */
export interface StoredTensor {
  name: string;
  /** Slowest dimension first, as in Hugging Face's layout. */
  shape: readonly number[];
  quantization: Quantization;
  /** In the file. */
  begin: number;
  bytes: number;
}

const ALIGNMENT = 32;
const MOST_ALIGNMENT = 2 ** 16;

/**
 * Where the tensors lie. As llama.cpp asks, each begins where the one before it ends, filled up to the alignment, and the last
 * ends the file: what overlaps, is missing or was appended is refused, before any of it is read.
 */
export function findTensors(
  header: Header,
  metadata: Metadata,
  size: number,
  refusal: Refusal,
): ReadonlyMap<string, StoredTensor> {
  const alignment = metadata.number('general.alignment') ?? ALIGNMENT;
  if (!(alignment >= 1 && alignment <= MOST_ALIGNMENT && Number.isInteger(Math.log2(alignment)))) {
    refusal.damaged(`its "general.alignment" is ${alignment}, which is no power of two up to ${MOST_ALIGNMENT}`);
  }
  const aligned = (bytes: number) => Math.ceil(bytes / alignment) * alignment;
  const start = aligned(header.length);
  const tensors = new Map<string, StoredTensor>();
  let end = 0;
  let next = 0;
  for (const entry of header.tensors) {
    const quantization = supportedOf(entry, refusal);
    const bytes = bytesOf(entry, quantization, refusal);
    const name = short(entry.name);
    if (entry.offset !== next) refusal.damaged(`"${name}" begins at byte ${entry.offset} of its data, not at ${next}`);
    end = next + bytes;
    next = aligned(end);
    if (start + end > size) {
      refusal.damaged(`"${name}" ends at byte ${start + end}, and the file has ${size}: it was cut off`);
    }
    const shape = entry.dimensions.toReversed();
    tensors.set(entry.name, { name: entry.name, shape, quantization, begin: start + entry.offset, bytes });
  }
  if (size > start + next) refusal.damaged(`its last ${size - start - next} bytes belong to no tensor`);
  return tensors;
}

function supportedOf({ name, type }: TensorEntry, refusal: Refusal): Quantization {
  const found = quantizationOf(type);
  if (!('unsupported' in found)) return found;
  return refusal.unsupported(
    `"${short(name)}" is ${found.unsupported}`,
    `Choose a file of ${supportedQuantizations.join(', ')}.`,
  );
}

function bytesOf({ name, dimensions }: TensorEntry, quantization: Quantization, refusal: Refusal): number {
  const [row] = dimensions;
  const values = dimensions.reduce((a, b) => a * b, 1);
  const { values: block, bytes } = quantization;
  if (row % block !== 0 || !Number.isSafeInteger(values * bytes)) {
    refusal.damaged(
      `"${short(name)}" of ${quantization.name} has the dimensions ${dimensions.join(' × ')}, which cannot be`,
    );
  }
  return (values / block) * bytes;
}

/** Read at once; a row may be more. */
const PIECE = 2 ** 22;

/**
 * The parameters in the flat layout, gaps zero. All names and shapes are checked before the memory for them is asked for. Throws
 * `GgufError`, or `NotFiniteError` on a NaN or an infinity.
 */
export async function readParameters(
  file: ByteSource,
  tensors: ReadonlyMap<string, StoredTensor>,
  config: LlamaConfig,
  refusal: Refusal,
): Promise<Parameters> {
  const layout = parameterLayout(config);
  const known = new Set([ROPE_FACTORS]);
  const found = layout.tensors.map((place) => {
    const name = ggufName(place.name);
    known.add(name);
    const tensor = tensors.get(name) ?? refusal.damaged(`it has no tensor "${name}"`);
    checkShape(tensor, place.shape, refusal);
    return { place, tensor };
  });
  for (const name of tensors.keys()) {
    if (!known.has(name)) {
      refusal.unsupported(
        `nothing in a Llama of its header's sizes is called "${short(name)}"`,
        'Choose a plain Llama.',
      );
    }
  }
  const values = allocate(layout.size, refusal);
  for (const { place, tensor } of found.sort((a, b) => a.tensor.begin - b.tensor.begin)) {
    await readInto(values, place, { file, tensor, rows: rowOrder(place.name, config.head_dim) }, refusal);
  }
  return values;
}

/** Of rope_freqs.weight, null where there is none. */
export async function readRopeFactors(
  file: ByteSource,
  tensors: ReadonlyMap<string, StoredTensor>,
  refusal: Refusal,
): Promise<Float32Array | null> {
  const tensor = tensors.get(ROPE_FACTORS);
  if (!tensor) return null;
  const [size] = tensor.shape;
  if (tensor.shape.length !== 1 || size > MOST_FACTORS) checkShape(tensor, [MOST_FACTORS], refusal);
  const values = new Float32Array(size);
  await readInto(values, { offset: 0, shape: [size] }, { file, tensor, rows: null }, refusal);
  return values;
}

/** Of a head of 1,024 values. */
const MOST_FACTORS = 512;

function checkShape({ name, shape }: StoredTensor, wanted: readonly number[], refusal: Refusal): void {
  if (shape.join() === wanted.join()) return;
  refusal.damaged(`"${name}" is [${shape.join(', ')}] where [${wanted.join(', ')}] is needed`);
}

function allocate(size: number, { unsupported }: Refusal): Parameters {
  const values = allocateFlat(size);
  if (values) return values;
  const gigabytes = Math.ceil((4 * size) / 1e9);
  return unsupported(`in float32 it takes ${gigabytes} GB, more than there is`, 'Choose a smaller model.');
}

async function readInto(
  values: Parameters,
  { offset, shape }: Pick<TensorPlace, 'offset' | 'shape'>,
  { file, tensor, rows }: { file: ByteSource; tensor: StoredTensor; rows: ((row: number) => number) | null },
  refusal: Refusal,
): Promise<void> {
  const { quantization, begin, bytes } = tensor;
  const width = shape[shape.length - 1];
  const count = shape.length === 1 ? 1 : shape[0];
  const stride = bytes / count;
  const step = Math.max(1, Math.floor(PIECE / stride));
  for (let row = 0; row < count; row += step) {
    const end = Math.min(count, row + step);
    const from = await file.slice(begin + row * stride, begin + end * stride);
    const place = (at: number) => values.subarray(offset + at * width, offset + (at + 1) * width);
    if (!rows) quantization.decode(values.subarray(offset + row * width, offset + end * width), from);
    else {
      for (let at = row; at < end; at++) {
        quantization.decode(place(rows(at)), from.subarray((at - row) * stride, (at - row + 1) * stride));
      }
    }
  }
  const all = values.subarray(offset, offset + count * width);
  if (!allFinite(all)) {
    throw new NotFiniteError(
      `Cannot use ${refusal.file}: "${short(tensor.name)}" holds a NaN or an infinity. Download it again.`,
    );
  }
}
