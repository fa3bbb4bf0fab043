import { purposes, type Purpose } from '../model/purposes';

/** Bytes of some buffers added up by purpose. */
export function memoryByPurpose(
  buffers: Iterable<{ readonly purpose: Purpose; readonly bytes: number }>,
): Record<Purpose, number> {
  const sums = Object.fromEntries(purposes.map((purpose) => [purpose, 0])) as Record<Purpose, number>;
  for (const { purpose, bytes } of buffers) sums[purpose] += bytes;
  return sums;
}

/** The same by label. */
export function memoryByLabel(
  buffers: Iterable<{ readonly label: string; readonly bytes: number }>,
): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { label, bytes } of buffers) sums[label] = (sums[label] ?? 0) + bytes;
  return sums;
}
