import type { LlamaConfig } from '../src/lm/config';

/** A matrix product of the forward pass, [tokens × inputs] · [inputs × outputs], made `count` times a pass. */
export interface Product {
  name: 'qkv' | 'o' | 'gate_up' | 'down' | 'head';
  tokens: number;
  inputs: number;
  outputs: number;
  count: number;
}

/** All products of a pass over `tokens` tokens that have parameters in them. */
export function products(config: LlamaConfig, tokens: number): Product[] {
  const { hidden_size: hidden, intermediate_size: inner, num_key_value_heads, head_dim, vocab_size } = config;
  const layers = config.num_hidden_layers;
  const kv = num_key_value_heads * head_dim;
  return [
    { name: 'qkv', tokens, inputs: hidden, outputs: hidden + 2 * kv, count: layers },
    { name: 'o', tokens, inputs: hidden, outputs: hidden, count: layers },
    { name: 'gate_up', tokens, inputs: hidden, outputs: 2 * inner, count: layers },
    { name: 'down', tokens, inputs: inner, outputs: hidden, count: layers },
    { name: 'head', tokens, inputs: hidden, outputs: vocab_size, count: 1 },
  ];
}

/** Floating-point operations of one product: a multiplication and an addition a term. */
export const productFlops = ({ tokens, inputs, outputs }: Omit<Product, 'name' | 'count'>): number =>
  2 * tokens * inputs * outputs;

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
  const pairs = (sequences * length * (length + 1)) / 2;
  return {
    products: products(config, sequences * length).reduce(
      (sum, product) => sum + PASSES * product.count * productFlops(product),
      0,
    ),
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
