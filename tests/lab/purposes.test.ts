import { expect, it } from 'vitest';
import { memoryByPurpose, purposeOf } from '../../src/lm/purposes';
import { purposes } from '../../src/model/memory';

it('adds up every byte once', () => {
  const memory = { parameters: 8, 'transposed-weights': 8, 'first-moment': 4, 'total-gradient': 2, kv: 16, nobody: 1 };
  const sums = memoryByPurpose(memory);
  expect(sums).toEqual({
    ...{ parameters: 16, optimizer: 4, gradients: 2, activations: 16, 'key-value cache': 0, other: 1 },
  });
  expect(Object.keys(sums)).toEqual([...purposes]);
});

it('knows a training pass’s keys and values from a cache', () => {
  expect(purposeOf('kv')).toBe('activations');
  expect(purposeOf('key-value-cache')).toBe('key-value cache');
  expect(purposeOf('nobody')).toBeNull();
});
