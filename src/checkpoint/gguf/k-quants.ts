/** ggml's K-quants: blocks of 256 values in groups, whose scales, and most their minima, are numbers of six or eight bits themselves. */
import { halfValues } from '../half';

type Floats = Float32Array<ArrayBuffer>;

/** Scales and minima of the eight groups of a block, of six bits each, in twelve bytes. */
const scales = new Uint8Array(8);
const minima = new Uint8Array(8);

function unpackScales(from: Uint8Array, at: number): void {
  for (let j = 0; j < 4; j++) {
    const [scale, minimum, rest] = [from[at + j], from[at + j + 4], from[at + j + 8]];
    scales[j] = scale & 63;
    minima[j] = minimum & 63;
    scales[j + 4] = (rest & 15) | ((scale >> 6) << 4);
    minima[j + 4] = (rest >> 4) | ((minimum >> 6) << 4);
  }
}

export function decodeQ4K(to: Floats, from: Uint8Array): void {
  const half = halfValues();
  for (let i = 0, at = 0; i < to.length; i += 256, at += 144) {
    const d = half[from[at] | (from[at + 1] << 8)];
    const least = half[from[at + 2] | (from[at + 3] << 8)];
    unpackScales(from, at + 4);
    for (let group = 0; group < 4; group++) {
      const [low, high] = [d * scales[2 * group], d * scales[2 * group + 1]];
      const [lowest, highest] = [least * minima[2 * group], least * minima[2 * group + 1]];
      const [begin, pairs] = [i + 64 * group, at + 16 + 32 * group];
      for (let j = 0; j < 32; j++) {
        const pair = from[pairs + j];
        to[begin + j] = low * (pair & 15) - lowest;
        to[begin + j + 32] = high * (pair >> 4) - highest;
      }
    }
  }
}

export function decodeQ5K(to: Floats, from: Uint8Array): void {
  const half = halfValues();
  for (let i = 0, at = 0; i < to.length; i += 256, at += 176) {
    const d = half[from[at] | (from[at + 1] << 8)];
    const least = half[from[at + 2] | (from[at + 3] << 8)];
    unpackScales(from, at + 4);
    for (let group = 0; group < 4; group++) {
      const [low, high] = [d * scales[2 * group], d * scales[2 * group + 1]];
      const [lowest, highest] = [least * minima[2 * group], least * minima[2 * group + 1]];
      const [begin, pairs, bit] = [i + 64 * group, at + 48 + 32 * group, 2 * group];
      for (let j = 0; j < 32; j++) {
        const pair = from[pairs + j];
        const fifth = from[at + 16 + j] >> bit;
        to[begin + j] = low * ((pair & 15) | ((fifth & 1) << 4)) - lowest;
        to[begin + j + 32] = high * ((pair >> 4) | ((fifth & 2) << 3)) - highest;
      }
    }
  }
}

export function decodeQ6K(to: Floats, from: Uint8Array): void {
  const half = halfValues();
  const signed = new Int8Array(from.buffer, from.byteOffset, from.length);
  for (let i = 0, at = 0; i < to.length; i += 256, at += 210) {
    const d = half[from[at + 208] | (from[at + 209] << 8)];
    // Each half of a block has four quarters of 32 values; sixteens of them have a scale.
    for (let part = 0; part < 4; part++) {
      const [side, odd] = [part >> 1, part & 1];
      const [low, high] = [at + 64 * side + 16 * odd, at + 128 + 32 * side + 16 * odd];
      const scale = at + 192 + 8 * side + odd;
      const [d0, d1, d2, d3] = [d * signed[scale], d * signed[scale + 2], d * signed[scale + 4], d * signed[scale + 6]];
      const begin = i + 128 * side + 16 * odd;
      for (let j = 0; j < 16; j++) {
        const [a, b, top] = [from[low + j], from[low + j + 32], from[high + j]];
        to[begin + j] = d0 * (((a & 15) | ((top & 3) << 4)) - 32);
        to[begin + j + 32] = d1 * (((b & 15) | ((top & 12) << 2)) - 32);
        to[begin + j + 64] = d2 * (((a >> 4) | (top & 48)) - 32);
        to[begin + j + 96] = d3 * (((b >> 4) | ((top & 192) >> 2)) - 32);
      }
    }
  }
}
