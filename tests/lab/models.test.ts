import { expect, it } from 'vitest';
import { MAXIMUM_ROUNDS, modelConfig } from '../../src/lab/models/architecture';
import { fieldOf } from '../../src/lab/config';
import { checkConfig } from '../../src/model/config';
import { parameterLayout } from '../../src/model/layout';
import { sequenceLimits } from '../../src/waltz/game/sequence-limits';

const limits = { prompt: 60, answer: 10, feedback: 60, advice: 12 };

it.each([
  ['0.06M', 48, 2, 16],
  ['0.1M', 64, 2, 16],
  ['0.17M', 64, 3, 16],
  ['5M', 256, 6, 32],
] as const)('agents of %s can be computed and hold the longest game', (model, hidden, layers, headDim) => {
  const config = modelConfig(model, 300, limits);
  expect(() => checkConfig(config)).not.toThrow();
  expect(config).toMatchObject({ hidden_size: hidden, num_hidden_layers: layers, head_dim: headDim });
  const { conversation, feedback } = sequenceLimits(limits, MAXIMUM_ROUNDS);
  expect(config.max_position_embeddings).toBe(Math.max(conversation, feedback));
});

it('has room for as many rounds as a config may ask for', () => {
  expect(fieldOf('rollout.max_rounds')!.kind).toMatchObject({ max: MAXIMUM_ROUNDS });
});

it('the agents of standard have about 0.12 M parameters', () => {
  // 300·64 + 2·(4·64² + 3·64·176 + 2·64) + 64
  expect(parameterLayout(modelConfig('0.1M', 300, limits)).count).toBe(119872);
});
