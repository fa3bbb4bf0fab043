import type { LlamaConfig } from './config';
import { passFlops, type Passes, type Places } from './flops';
import { parameterLayout } from './layout';

/** Floats that an update moves for each parameter: the gradient twice, the parameter and both moments in and out. */
const UPDATE_TRAFFIC = 8;
/** Transposing reads a matrix and writes it. */
const TRANSPOSE_TRAFFIC = 2;

/** The work that a model has done so far. Whoever encodes a pass counts it, so nothing is measured or guessed. */
export class WorkCounter implements Passes {
  readonly forward: Places = { tokens: 0, rows: 0 };
  readonly backward: Places = { tokens: 0, rows: 0 };
  /** AdamW updates. */
  updates = 0;

  passed(way: 'forward' | 'backward', { tokens, rows }: Places): void {
    this[way].tokens += tokens;
    this[way].rows += rows;
  }
}

/** What a model's work costs: operations in matrix products, and bytes that its updates move. */
export interface ComputeCost {
  flops: number;
  updateBytes: number;
}

/** `transposed` says whether every update remakes turned copies of the matrices. */
export function computeCost(
  config: LlamaConfig,
  work: WorkCounter,
  { transposed: remade }: { transposed: boolean },
): ComputeCost {
  const { size, head, layers } = parameterLayout(config);
  const matrices = [
    head,
    ...layers.flatMap(({ qkv, o_proj, gate_up, down_proj }) => [qkv, o_proj, gate_up, down_proj]),
  ];
  const transposed = matrices.reduce((sum, matrix) => sum + matrix.size, 0);
  return {
    flops: passFlops(config, work),
    updateBytes: 4 * work.updates * (UPDATE_TRAFFIC * size + (remade ? TRANSPOSE_TRAFFIC * transposed : 0)),
  };
}
