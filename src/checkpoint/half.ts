/** The value of an IEEE 754 binary16 given by its bits; every one of them is exactly an f32. */
export function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

let values: Float32Array<ArrayBuffer> | null = null;

/** The values of all binary16s, by their bits. */
export function halfValues(): Float32Array<ArrayBuffer> {
  return (values ??= Float32Array.from({ length: 0x10000 }, (_, bits) => halfToFloat(bits)));
}

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** The bits of the binary16 nearest to an f32, ties to even; infinity from 65520 on. */
export function floatToHalf(value: number): number {
  single[0] = value;
  const sign = (singleBits[0] >>> 16) & 0x8000;
  const bits = singleBits[0] & 0x7fff_ffff;
  if (bits > 0x7f80_0000) return sign | 0x7e00;
  // 2¹⁶ and above.
  if (bits >= 0x4780_0000) return sign | 0x7c00;
  if (bits < 0x3880_0000) {
    // Subnormal, below 2⁻¹⁴: an f32 next to ½ has steps of 2⁻²⁴ too, so the sum rounds as we must.
    single[0] = Math.abs(value) + 0.5;
    return sign | (singleBits[0] - 0x3f00_0000);
  }
  const rounded = bits + 0xfff + ((bits >>> 13) & 1);
  return sign | ((rounded - 0x3800_0000) >>> 13);
}
