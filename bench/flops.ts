import type { LlamaConfig } from '../src/lm/config';
import { passFlops, productFlops, products, type Product } from '../src/lm/flops';

/** Forward, and in the backward pass as much for the inputs' gradient and again for the weights'. */
const PASSES = 3;

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

/** FLOP/s of the fastest kernel that was measured, by product. */
export type Rates = Record<Product['name'], number>;

/**
 * Seconds of a step that did nothing but its matrix products, each at the best rate measured at its shape, its two
 * backward products at the same; attention at the best of all.
 */
export function idealSeconds(config: LlamaConfig, sequences: number, length: number, rates: Rates): number {
  const linear = products(config, sequences * length).reduce(
    (sum, product) => sum + (PASSES * product.count * productFlops(product)) / rates[product.name],
    0,
  );
  return linear + stepFlops(config, sequences, length).attention / Math.max(...Object.values(rates));
}
