import type { LlamaConfig } from '../src/model/config';
import { passFlops } from '../src/model/flops';

/** Forward, and in the backward pass as much for the inputs' gradient and again for the weights'. */
export const PASSES = 3;

/** What a training step must compute in matrix products; all else is left out. */
export interface StepFlops {
  /** 6 · matrix parameters · tokens. */
  products: number;
  /** Scores and weighted values, of each token with those up to itself. */
  attention: number;
}

export function stepFlops(config: LlamaConfig, sequences: number, length: number): StepFlops {
  const { num_hidden_layers, hidden_size } = config;
  const tokens = sequences * length;
  const places = { tokens, rows: tokens };
  const pairs = (tokens * (length + 1)) / 2;
  return {
    products: passFlops(config, { forward: places, backward: places }),
    attention: PASSES * num_hidden_layers * 2 * (2 * pairs * hidden_size),
  };
}

/**
 * Seconds of a step that did nothing but what it must, if its products alone take so many: attention is counted as if it
 * went as fast as they do.
 */
export function idealSeconds(flops: StepFlops, productSeconds: number): number {
  return (productSeconds * (flops.products + flops.attention)) / flops.products;
}
