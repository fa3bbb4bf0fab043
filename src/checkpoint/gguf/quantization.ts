/**
 * How ggml keeps numbers, and the way back to f32: a block has a scale, most have a minimum, and a few bits for each value.
 * Equal to the `gguf` package for Python, bit for bit: what is summed in double precision here rounds once, as there.
 */
import { halfValues } from '../half';
import { decodeInto, type Dtype } from '../numbers';
import { decodeQ4K, decodeQ5K, decodeQ6K } from './k-quants';

type Floats = Float32Array<ArrayBuffer>;

export interface Quantization {
  name: string;
  /** Values of a block, and its bytes. */
  values: number;
  bytes: number;
  /** Decodes the blocks of as many values as `to` has room for. Infinities and NaN pass. */
  decode: (to: Floats, from: Uint8Array) => void;
}

const plain = (name: Dtype, bytes: number): Quantization => {
  return { name, values: 1, bytes, decode: (to, from) => void decodeInto(to, from, name) };
};
const blocks = (name: string, values: number, bytes: number, decode: Quantization['decode']): Quantization => {
  return { name, values, bytes, decode };
};

/** What can be read, by ggml's number of the type. */
const quantizations: ReadonlyMap<number, Quantization> = new Map([
  [0, plain('F32', 4)],
  [1, plain('F16', 2)],
  [30, plain('BF16', 2)],
  [2, blocks('Q4_0', 32, 18, decodeQ40)],
  [3, blocks('Q4_1', 32, 20, decodeQ41)],
  [6, blocks('Q5_0', 32, 22, decodeQ50)],
  [7, blocks('Q5_1', 32, 24, decodeQ51)],
  [8, blocks('Q8_0', 32, 34, decodeQ80)],
  [12, blocks('Q4_K', 256, 144, decodeQ4K)],
  [13, blocks('Q5_K', 256, 176, decodeQ5K)],
  [14, blocks('Q6_K', 256, 210, decodeQ6K)],
]);

export const supportedQuantizations = [...quantizations.values()].map(({ name }) => name);

/** Names of those that are not read. */
const others: Readonly<Record<number, string>> = {
  ...{ 9: 'Q8_1', 10: 'Q2_K', 11: 'Q3_K', 15: 'Q8_K', 16: 'IQ2_XXS', 17: 'IQ2_XS', 18: 'IQ3_XXS', 19: 'IQ1_S' },
  ...{ 20: 'IQ4_NL', 21: 'IQ3_S', 22: 'IQ2_S', 23: 'IQ4_XS', 24: 'I8', 25: 'I16', 26: 'I32', 27: 'I64', 28: 'F64' },
  ...{ 29: 'IQ1_M', 34: 'TQ1_0', 35: 'TQ2_0', 39: 'MXFP4', 40: 'NVFP4' },
};

export function quantizationOf(type: number): Quantization | { unsupported: string } {
  return quantizations.get(type) ?? { unsupported: others[type] ?? `type ${type}` };
}

function decodeQ40(to: Floats, from: Uint8Array): void {
  const half = halfValues();
  for (let i = 0, at = 0; i < to.length; i += 32, at += 18) {
    const d = half[from[at] | (from[at + 1] << 8)];
    for (let j = 0; j < 16; j++) {
      const pair = from[at + 2 + j];
      to[i + j] = d * ((pair & 15) - 8);
      to[i + j + 16] = d * ((pair >> 4) - 8);
    }
  }
}

function decodeQ41(to: Floats, from: Uint8Array): void {
  const half = halfValues();
  for (let i = 0, at = 0; i < to.length; i += 32, at += 20) {
    const d = half[from[at] | (from[at + 1] << 8)];
    const m = half[from[at + 2] | (from[at + 3] << 8)];
    for (let j = 0; j < 16; j++) {
      const pair = from[at + 4 + j];
      to[i + j] = d * (pair & 15) + m;
      to[i + j + 16] = d * (pair >> 4) + m;
    }
  }
}

function decodeQ50(to: Floats, from: Uint8Array): void {
  const half = halfValues();
  for (let i = 0, at = 0; i < to.length; i += 32, at += 22) {
    const d = half[from[at] | (from[at + 1] << 8)];
    const fifth = from[at + 2] | (from[at + 3] << 8) | (from[at + 4] << 16) | (from[at + 5] << 24);
    for (let j = 0; j < 16; j++) {
      const pair = from[at + 6 + j];
      to[i + j] = d * (((pair & 15) | (((fifth >>> j) & 1) << 4)) - 16);
      to[i + j + 16] = d * (((pair >> 4) | (((fifth >>> (j + 16)) & 1) << 4)) - 16);
    }
  }
}

function decodeQ51(to: Floats, from: Uint8Array): void {
  const half = halfValues();
  for (let i = 0, at = 0; i < to.length; i += 32, at += 24) {
    const d = half[from[at] | (from[at + 1] << 8)];
    const m = half[from[at + 2] | (from[at + 3] << 8)];
    const fifth = from[at + 4] | (from[at + 5] << 8) | (from[at + 6] << 16) | (from[at + 7] << 24);
    for (let j = 0; j < 16; j++) {
      const pair = from[at + 8 + j];
      to[i + j] = d * ((pair & 15) | (((fifth >>> j) & 1) << 4)) + m;
      to[i + j + 16] = d * ((pair >> 4) | (((fifth >>> (j + 16)) & 1) << 4)) + m;
    }
  }
}

function decodeQ80(to: Floats, from: Uint8Array): void {
  const half = halfValues();
  const signed = new Int8Array(from.buffer, from.byteOffset, from.length);
  for (let i = 0, at = 0; i < to.length; i += 32, at += 34) {
    const d = half[from[at] | (from[at + 1] << 8)];
    for (let j = 0; j < 32; j++) to[i + j] = d * signed[at + 2 + j];
  }
}
