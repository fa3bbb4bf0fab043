import { inverseRms, rmsNorm } from '../oracle/operations';
import { double, normal } from './values';

/** Large beside the squares of the smaller items, so that leaving it out would show. */
export const EPSILON = 0.01;

export const floatBits = (x: number) => new Uint32Array(new Float32Array([x]).buffer)[0];

/** Items [items, width] before an RMSNorm, of different sizes, and what kernels read of the norm. */
export function normedItems(items: number, width: number) {
  const x = normal(11, items * width).map((value, i) => value * (0.1 + (Math.floor(i / width) % 7) / 5));
  const weight = normal(12, width).map((value) => 1 + value / 2);
  const inverse = Float32Array.from({ length: items }, (_, item) => inverseRms(double(x), item, width, EPSILON));
  return {
    x,
    weight,
    inverse,
    normed: rmsNorm(double(x), double(weight), EPSILON),
    /** A matrix [outputs, width] with the norm's weight in it. */
    folded: (w: Float32Array) => w.map((value, i) => value * weight[i % width]),
  };
}
