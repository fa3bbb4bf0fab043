/**
 * What memory is for, the most telling first. parameters: the agents, their references, and the matrices of both
 * transposed. gradients: of parameters. activations: what a pass leaves behind, layer by layer and place by place, and the
 * scratch that passes share, gradients of activations among it. other: batches, tables, results on their way to the host,
 * and what tuning and measuring use.
 */
export const purposes = ['parameters', 'optimizer', 'gradients', 'activations', 'key-value cache', 'other'] as const;

export type Purpose = (typeof purposes)[number];
