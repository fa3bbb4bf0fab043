/**
 * What memory on the GPU is for, the most telling purpose first. parameters: the agents, their references, and the
 * transposed weights of both. gradients: gradients of parameters. activations: what a pass leaves behind, and the scratch
 * that passes share, which holds gradients of activations too. other: batches, tables, results on their way to the host,
 * and what tuning and measuring use.
 */
export const purposes = ['parameters', 'optimizer', 'gradients', 'activations', 'key-value cache', 'other'] as const;

export type Purpose = (typeof purposes)[number];

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
