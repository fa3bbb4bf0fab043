/** Figures as the tables write them. */
import type { Samples } from '../samples';

export const spread = ({ min, median, max }: Samples, unit = 1) =>
  `${seconds(median / unit)} (${seconds(min / unit)}–${seconds(max / unit)})`;
export const seconds = (value: number) => (Math.abs(value) < 10 ? value.toPrecision(3) : value.toFixed(1));
export const count = (value: number) => Math.round(value).toLocaleString('en');
export const amount = (value: number) => (Number.isInteger(value) ? count(value) : value.toPrecision(3));
export const percent = (value: number) => `${(100 * value).toFixed(1)}%`;

export function bytes(value: number): string {
  if (value < 1024) return `${amount(value)} B`;
  return value < 1024 ** 2 ? `${(value / 1024).toFixed(1)} KiB` : `${(value / 1024 ** 2).toFixed(1)} MiB`;
}
