import fc from 'fast-check';
import { expect, it } from 'vitest';
import { passFlops, type Passes } from '../../src/model/flops';
import { parameterLayout } from '../../src/model/layout';
import { sizedConfig, sizes } from '../../src/model/sizes';
import { computeCost, WorkCounter } from '../../src/model/work-counter';

const config = sizedConfig(sizes['0.1M'], 100, 64);
const places = fc.record({ tokens: fc.nat(5000), rows: fc.nat(5000) });

it('counts 2 operations a matrix parameter and token forward, and twice as many backward', () => {
  const { tensors } = parameterLayout(config);
  const matrices = tensors.filter(({ shape }) => shape.length === 2).reduce((sum, { size }) => sum + size, 0);
  const forward = { tokens: 10, rows: 10 };
  const none = { tokens: 0, rows: 0 };
  expect(passFlops(config, { forward, backward: none })).toBe(2 * matrices * 10);
  expect(passFlops(config, { forward: none, backward: forward })).toBe(4 * matrices * 10);
});

it('makes logits at the rows alone', () => {
  const [few, all] = [3, 10].map((rows) =>
    passFlops(config, { forward: { tokens: 10, rows }, backward: { tokens: 0, rows: 0 } }),
  );
  expect(all - few).toBe(7 * 2 * config.hidden_size * config.vocab_size);
});

it('adds up: passes one by one are the passes together', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ forward: places, backward: places }), { maxLength: 5 }), (many) => {
      const work = new WorkCounter();
      for (const { forward, backward } of many) {
        work.passed('forward', forward);
        work.passed('backward', backward);
      }
      const apart = many.reduce((sum, one: Passes) => sum + passFlops(config, one), 0);
      expect(computeCost(config, work, { transposed: true }).flops).toBe(apart);
    }),
  );
});

it('knows what an update moves: the gradient twice, parameters and moments both ways, matrices transposed', () => {
  const work = new WorkCounter();
  work.updates = 2;
  const { size, count } = parameterLayout(config);
  const norms = (2 * config.num_hidden_layers + 1) * config.hidden_size;
  const moved = (transposed: boolean) => computeCost(config, work, { transposed });
  expect(moved(true)).toEqual({ flops: 0, updateBytes: 2 * 4 * (8 * size + 2 * (count - norms)) });
  expect(moved(false)).toEqual({ flops: 0, updateBytes: 2 * 4 * 8 * size });
});
