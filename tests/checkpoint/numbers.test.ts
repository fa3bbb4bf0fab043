import { expect, it } from 'vitest';
import { floatToHalf, halfToFloat } from '../../src/checkpoint/half';
import { allFinite, decodeInto } from '../../src/checkpoint/numbers';

const all = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits);
const bits = (values: Float32Array) => [...new Uint32Array(values.buffer, values.byteOffset, values.length)];
const bytesOf = (values: Uint16Array) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** The same bytes at an odd place. */
function shifted(bytes: Uint8Array): Uint8Array {
  const odd = new Uint8Array(bytes.length + 1);
  odd.set(bytes, 1);
  return odd.subarray(1);
}

it('decodes every binary16, at any alignment', () => {
  const expected = Float32Array.from(all, halfToFloat);
  for (const bytes of [bytesOf(all), shifted(bytesOf(all))]) {
    const values = new Float32Array(all.length);
    expect(decodeInto(values, bytes, 'F16')).toBe(false);
    expect(values).toEqual(expected);
  }
});

it('decodes every bfloat16 to the f32 that begins with its bits', () => {
  const values = new Float32Array(all.length);
  expect(decodeInto(values, shifted(bytesOf(all)), 'BF16')).toBe(false);
  expect(bits(values)).toEqual([...all].map((half) => half * 0x10000));
});

it('writes only where it is told to', () => {
  const values = new Float32Array(4).fill(7);
  expect(decodeInto(values.subarray(1, 3), bytesOf(Uint16Array.of(0x3c00, 0xc000)), 'F16')).toBe(true);
  expect([...values]).toEqual([7, 1, -2, 7]);
});

it('finds the one number of many that is not finite', () => {
  for (const value of [NaN, Infinity, -Infinity]) {
    const values = new Float32Array(1001).fill(-3.4e38);
    expect(allFinite(values)).toBe(true);
    values[777] = value;
    expect(allFinite(values)).toBe(false);
    const halves = new Uint16Array(1001).fill(0xfbff);
    expect(decodeInto(new Float32Array(1001), bytesOf(halves), 'F16')).toBe(true);
    halves[5] = floatToHalf(value);
    expect(decodeInto(new Float32Array(1001), bytesOf(halves), 'F16')).toBe(false);
    const brains = new Uint16Array(1001).fill(0xff7f);
    expect(decodeInto(new Float32Array(1001), bytesOf(brains), 'BF16')).toBe(true);
    brains[1000] = new Uint32Array(Float32Array.of(value).buffer)[0] >>> 16;
    expect(decodeInto(new Float32Array(1001), bytesOf(brains), 'BF16')).toBe(false);
  }
});
