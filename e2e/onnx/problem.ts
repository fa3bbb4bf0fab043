/** A tiny model and what it is asked: the same in the page, in its workers and in the test. */
import { Random } from '../../src/random/philox';
import type { GenerateOptions } from '../../src/model/agent';
import { randomState } from '../../tests/oracle/agent';
import { randomPrompts } from '../../tests/oracle/batches';
import { tinyConfigs } from '../../tests/oracle/configs';

/** Two layers, hidden 48, grouped queries. */
export const config = tinyConfigs['untied, one key/value head'];
export const END = 5;
export const NEW_TOKENS = 12;

const random = new Random(2, 'weights');
export const state = randomState(config, () => random.uniform(), 0.2);

export const promptsOf = (count: number): number[][] =>
  randomPrompts(
    config,
    3,
    Array.from({ length: count }, (_, i) => 1 + ((5 * i) % 13)),
  );

export const greedy = (rollouts: readonly number[]): GenerateOptions => ({
  maxNewTokens: NEW_TOKENS,
  temperature: 0,
  draw: { seed: 1, stream: 'evaluation', step: 0, rollouts, phase: 0 },
});
