import type { Purpose } from '../model/purposes';
import { dims } from './structs';

export type Contents = ArrayBuffer | Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

/** Describes a buffer before it exists. An estimate sums specs, and `allocate` makes buffers from the same specs. */
export interface BufferSpec {
  readonly label: string;
  readonly purpose: Purpose;
  /** A multiple of 4, and at least 4. */
  readonly bytes: number;
  /** What kernels bind it as; `storage` if left out. */
  readonly bound?: 'storage' | 'uniform' | 'both';
  /** What it holds from the start, where it is constant. */
  readonly contents?: () => Contents;
}

/** The buffers that a part of the engine owns: specs by name, in lists, or none. */
export type BufferGroup = BufferSpec | null | readonly BufferGroup[] | { readonly [name: string]: BufferGroup };

/** The buffers of a group, each under the name that its spec has. */
export type Allocated<Group> = Group extends BufferSpec
  ? GPUBuffer
  : Group extends null
    ? null
    : { [Name in keyof Group]: Allocated<Group[Name]> };

const isSpec = (group: BufferGroup): group is BufferSpec =>
  group !== null && typeof (group as BufferSpec).bytes === 'number';

/** All specs of a group in a row. */
export function specsOf(group: BufferGroup): BufferSpec[] {
  if (group === null) return [];
  if (isSpec(group)) return [group];
  return Object.values<BufferGroup>(group).flatMap(specsOf);
}

/** Makes the buffers of a group on a GPU. Throws `GpuMemoryError` where one is larger than the adapter allows. */
export function allocate<Group extends BufferGroup>(
  gpu: { buffer(spec: BufferSpec): GPUBuffer },
  group: Group,
): Allocated<Group> {
  const make = (part: BufferGroup): unknown => {
    if (part === null) return null;
    if (isSpec(part)) return gpu.buffer(part);
    if (Array.isArray(part)) return part.map(make);
    return Object.fromEntries(Object.entries(part).map(([name, inner]) => [name, make(inner)]));
  };
  return make(group) as Allocated<Group>;
}

/** A buffer of numbers of four bytes that kernels read and write. */
export const storage = (label: string, purpose: Purpose, numbers: number): BufferSpec => ({
  label,
  purpose,
  bytes: 4 * Math.max(1, Math.ceil(numbers)),
});

/** A struct of this size that the host writes and kernels read. */
export const uniform = (label: string, { size }: { size: number }): BufferSpec => ({
  label,
  purpose: 'other',
  bytes: Math.ceil(size / 16) * 16,
  bound: 'uniform',
});

/** A struct that never changes. */
export const constant = (label: string, value: ArrayBuffer): BufferSpec => ({
  ...uniform(label, { size: value.byteLength }),
  contents: () => value,
});

/** An array that never changes; `numbers` is its length in numbers of four bytes. */
export const table = (label: string, numbers: number, contents: () => Contents): BufferSpec => ({
  ...storage(label, 'other', numbers),
  contents,
});

/** The sizes of a batch: kernels read them as a uniform; generation changes them on the GPU. */
export const sizes = (label: string): BufferSpec => ({ ...uniform(label, dims), bound: 'both' });
