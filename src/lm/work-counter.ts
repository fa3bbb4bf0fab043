import type { Dims } from '../gpu/structs';
import type { LlamaConfig } from '../model/config';
import { passFlops, type Passes, type Places } from './flops';
import { parameterLayout } from '../model/layout';

/** Floats that an update reads and writes for each of the layout: the gradient twice, parameter and moments both ways. */
const UPDATE_TRAFFIC = 8;
/** Reading a matrix and writing it transposed. */
const TRANSPOSE_TRAFFIC = 2;

/** What a model was made to do so far. Counted by whoever encodes it, so that nothing is measured or guessed. */
export class WorkCounter implements Passes {
  readonly forward: Places = { tokens: 0, rows: 0 };
  readonly backward: Places = { tokens: 0, rows: 0 };
  /** AdamW updates, each with a transposition. */
  updates = 0;

  passed(way: 'forward' | 'backward', { tokens, rows }: Pick<Dims, 'tokens' | 'rows'>): void {
    this[way].tokens += tokens;
    this[way].rows += rows;
  }
}

/** What a model's work comes to: operations in matrix products, and bytes that its updates had to move. */
export interface ComputeCost {
  flops: number;
  updateBytes: number;
}

export function computeCost(config: LlamaConfig, work: WorkCounter): ComputeCost {
  const { size, head, layers } = parameterLayout(config);
  const matrices = [
    head,
    ...layers.flatMap(({ qkv, o_proj, gate_up, down_proj }) => [qkv, o_proj, gate_up, down_proj]),
  ];
  const transposed = matrices.reduce((sum, matrix) => sum + matrix.size, 0);
  return {
    flops: passFlops(config, work),
    updateBytes: 4 * work.updates * (UPDATE_TRAFFIC * size + TRANSPOSE_TRAFFIC * transposed),
  };
}
