/**
 * Numbers of a file as f32, many at a time: a call for each of them would take most of the time. Everything is
 * little-endian, as every WebGPU machine is.
 */
import { halfValues } from './half';

export const bytesPerValue = { F32: 4, F16: 2, BF16: 2 } as const;

/** Kinds of number, as safetensors calls them. */
export type Dtype = keyof typeof bytesPerValue;

type Floats = Float32Array<ArrayBuffer>;

/** Decodes as many numbers as `to` has room for. Says whether all of them are finite. */
export function decodeInto(to: Floats, bytes: Uint8Array, dtype: Dtype): boolean {
  if (dtype === 'F32') {
    new Uint8Array(to.buffer, to.byteOffset, to.byteLength).set(bytes);
    return allFinite(to);
  }
  // A tensor may start at an odd byte.
  const whole = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  const from = new Uint16Array(whole.buffer, whole.byteOffset, to.length);
  const bits = bitsOf(to);
  return dtype === 'F16' ? decodeHalves(bits, from) : decodeBrains(bits, from);
}

/** Whether there is no NaN and no infinity: their exponents are all ones, so that one more carries into the sign. */
export function allFinite(values: Floats): boolean {
  const bits = bitsOf(values);
  let carried = 0;
  for (let i = 0; i < bits.length; i++) carried |= (bits[i] & 0x7f80_0000) + 0x80_0000;
  return carried >= 0;
}

function decodeBrains(to: Uint32Array, from: Uint16Array): boolean {
  let carried = 0;
  for (let i = 0; i < from.length; i++) {
    const half = from[i];
    carried |= (half & 0x7f80) + 0x80;
    to[i] = half << 16;
  }
  return (carried & 0x8000) === 0;
}

function decodeHalves(to: Uint32Array, from: Uint16Array): boolean {
  const values = bitsOf(halfValues());
  let carried = 0;
  for (let i = 0; i < from.length; i++) {
    const half = from[i];
    carried |= (half & 0x7c00) + 0x400;
    to[i] = values[half];
  }
  return (carried & 0x8000) === 0;
}

function bitsOf({ buffer, byteOffset, length }: Floats): Uint32Array<ArrayBuffer> {
  return new Uint32Array(buffer, byteOffset, length);
}
