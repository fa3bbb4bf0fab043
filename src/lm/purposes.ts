import { purposes, type Purpose } from '../model/memory';

/**
 * Labels of the engine's buffers. parameters: the agents, their references, and the matrices of both transposed.
 * gradients: of parameters. activations: what a pass leaves behind, layer by layer and place by place, and the scratch that
 * passes share, gradients of activations among it.
 * other: batches, tables, results on their way back, and what tuning and measuring use.
 */
const labels: Readonly<Record<Purpose, readonly string[]>> = {
  parameters: ['parameters', 'transposed-weights'],
  optimizer: ['first-moment', 'second-moment', 'gradient-norm', 'squares', 'hyper'],
  gradients: ['gradient', 'total-gradient', 'partial-gradients'],
  activations: [
    ...['input', 'middle', 'attended', 'activated', 'gathered', 'scratch'],
    ...['inverse', 'inverse-middle', 'inverse-rows', 'q', 'kv', 'attention-saved', 'gate-up'],
    ...['log-sum-exp', 'log-probability', 'old-log-probability', 'reference-log-probability', 'entropy'],
    ...['advantages', 'advantage-moments', 'coefficients', 'report'],
  ],
  'key-value cache': ['key-value-cache'],
  other: [
    ...[
      'dims',
      'tokens',
      'row-token',
      'token-row',
      'targets',
      'weights',
      'occurrences',
      'sequences',
      'policy',
      'batch-dims',
    ],
    ...['read-dims', 'read-tokens', 'decode-dims', 'decode-tokens', 'decode-sequences', 'next-logits'],
    ...['sampling', 'drawn', 'probed', 'results', 'staging', 'profile'],
    ...['shape', 'matrices', 'normed-matrices', 'rotation'],
    ...['tuned-wide', 'tuned-narrow', 'tuned-matrix', 'tuned-result', 'tuned-dims', 'tuned-shape'],
  ],
};

const known = new Map(purposes.flatMap((purpose) => labels[purpose].map((label) => [label, purpose])));

/** Null for a label that nobody has placed. */
export function purposeOf(label: string): Purpose | null {
  return known.get(label) ?? null;
}

/** Bytes by label added up by purpose; what nobody has placed counts as other. */
export function memoryByPurpose(memory: Readonly<Record<string, number>>): Record<Purpose, number> {
  const sums = Object.fromEntries(purposes.map((purpose) => [purpose, 0])) as Record<Purpose, number>;
  for (const [label, bytes] of Object.entries(memory)) sums[purposeOf(label) ?? 'other'] += bytes;
  return sums;
}
