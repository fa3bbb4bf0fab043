import { readFileSync } from 'node:fs';

/** Tensors of a little-endian float32 safetensors file, by name. */
export function readTensors(path: string): Map<string, Float32Array> {
  const bytes = readFileSync(path);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<string, { data_offsets?: number[] }>;
  const tensors = new Map<string, Float32Array>();
  for (const [name, { data_offsets }] of Object.entries(header)) {
    if (!data_offsets) continue; // __metadata__
    const [start, end] = data_offsets.map((offset) => bytes.byteOffset + 8 + headerLength + offset);
    tensors.set(name, new Float32Array(bytes.buffer.slice(start, end)));
  }
  return tensors;
}
