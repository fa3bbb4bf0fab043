import type { LlamaConfig } from './config';

/** A matrix product of the forward pass, [places × inputs] · [inputs × outputs], made `count` times a pass. */
export interface Product {
  name: 'qkv' | 'o' | 'gate_up' | 'down' | 'head';
  tokens: number;
  inputs: number;
  outputs: number;
  count: number;
}

/**
 * All products with parameters of a pass over `tokens` tokens. Logits are made at `rows` places, or at every token if left
 * out.
 */
export function products(config: LlamaConfig, tokens: number, rows = tokens): Product[] {
  const { hidden_size: hidden, intermediate_size: inner, num_key_value_heads, head_dim, vocab_size } = config;
  const layers = config.num_hidden_layers;
  const kv = num_key_value_heads * head_dim;
  return [
    { name: 'qkv', tokens, inputs: hidden, outputs: hidden + 2 * kv, count: layers },
    { name: 'o', tokens, inputs: hidden, outputs: hidden, count: layers },
    { name: 'gate_up', tokens, inputs: hidden, outputs: 2 * inner, count: layers },
    { name: 'down', tokens, inputs: inner, outputs: hidden, count: layers },
    { name: 'head', tokens: rows, inputs: hidden, outputs: vocab_size, count: 1 },
  ];
}

/** Floating-point operations of one product: a multiplication and an addition a term. */
const productFlops = ({ tokens, inputs, outputs }: Omit<Product, 'name' | 'count'>): number =>
  2 * tokens * inputs * outputs;

/** How many tokens went through a model's layers, and at how many places it made logits. */
export interface Places {
  tokens: number;
  rows: number;
}

/** What passed through a model forward and backward. */
export interface Passes {
  forward: Places;
  backward: Places;
}

/**
 * Floating-point operations of these passes in matrix products. Attention's scores, norms and the like are left out. The
 * backward pass makes each product twice: for the gradient of its input, and for that of its weights.
 */
export function passFlops(config: LlamaConfig, { forward, backward }: Passes): number {
  const once = ({ tokens, rows }: Places) =>
    products(config, tokens, rows).reduce((sum, product) => sum + product.count * productFlops(product), 0);
  return once(forward) + 2 * once(backward);
}
