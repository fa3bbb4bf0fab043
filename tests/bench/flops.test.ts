import { expect, test } from 'vitest';
import { idealSeconds, products, productFlops, stepFlops, type Rates } from '../../bench/flops';
import { parameterLayout } from '../../src/lm/layout';
import { sizedConfig, sizes } from '../../src/lm/sizes';

const config = sizedConfig(sizes['0.9M'], 256, 128);
const grouped = { ...config, num_key_value_heads: 2 };

test('a pass multiplies every token with every matrix parameter once', () => {
  for (const shape of [config, grouped]) {
    const matrices = parameterLayout(shape).tensors.filter(({ shape: { length } }) => length === 2);
    const parameters = matrices.reduce((sum, { size }) => sum + size, 0);
    expect(stepFlops(shape, 16, 128).products).toBe(6 * parameters * 16 * 128);
  }
});

test('attention counts each token with those up to itself, forward and twice backward', () => {
  // Two layers of one head of 64: 3 tokens see 1 + 2 + 3 pairs; a pair is 64 products for its score and 64 for its value.
  const small = { ...config, num_hidden_layers: 2, hidden_size: 64, num_attention_heads: 1, head_dim: 64 };
  expect(stepFlops(small, 5, 3).attention).toBe(5 * 6 * (2 * 64 + 2 * 64) * 3 * 2);
});

test('the ideal step takes each product at its own rate and attention at the best', () => {
  const rates: Rates = { qkv: 1e9, o: 2e9, gate_up: 3e9, down: 4e9, head: 5e9 };
  const linear = products(config, 64).map((one) => (3 * one.count * productFlops(one)) / rates[one.name]);
  const attention = stepFlops(config, 2, 32).attention / 5e9;
  expect(idealSeconds(config, 2, 32, rates)).toBeCloseTo(linear.reduce((a, b) => a + b) + attention, 12);
  const even: Rates = { qkv: 1e9, o: 1e9, gate_up: 1e9, down: 1e9, head: 1e9 };
  const { products: flops, attention: more } = stepFlops(config, 2, 32);
  expect(idealSeconds(config, 2, 32, even)).toBeCloseTo((flops + more) / 1e9, 12);
});
