/**
 * What memory is for, the most telling purpose first. parameters: the agents, their references, and the transposed weights
 * of both. gradients: gradients of parameters. activations: what a pass leaves behind, and the scratch that passes share,
 * which holds gradients of activations too. other: batches, tables, results on their way to the host, and what tuning and
 * measuring use.
 */
export const purposes = ['parameters', 'optimizer', 'gradients', 'activations', 'key-value cache', 'other'] as const;

export type Purpose = (typeof purposes)[number];
