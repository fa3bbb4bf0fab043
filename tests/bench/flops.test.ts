import { expect, test } from 'vitest';
import { idealSeconds, stepFlops } from '../../bench/flops';
import { parameterLayout } from '../../src/model/layout';
import { sizedConfig, sizes } from '../../src/model/sizes';

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

test('the ideal step takes attention as fast as its products', () => {
  const { products, attention } = stepFlops(config, 2, 32);
  expect(idealSeconds({ products, attention }, 3)).toBeCloseTo((products + attention) / (products / 3), 12);
  expect(idealSeconds({ products, attention: 0 }, 3)).toBe(3);
});
