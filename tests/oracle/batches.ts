import type { LlamaConfig } from '../../src/model/config';
import type { AgentState } from '../../src/model/state';
import { Random } from '../../src/random/philox';
import type { PolicySample } from '../../src/model/agent';
import { randomState, type Example } from './agent';

/** A state in the middle of training: another reference policy, and moments of a plausible size. */
export function trainedState(config: LlamaConfig, seed: number): AgentState {
  const random = new Random(seed, 'weights');
  const state = randomState(config, () => random.uniform());
  const reference = state.parameters.map((x) => x * (1 + 0.1 * (random.uniform() - 0.5)));
  const present = state.parameters.map((x) => (x === 0 ? 0 : 1)); // gaps of the layout have no moments
  return {
    ...state,
    reference,
    firstMoment: present.map((one) => one * 0.01 * (random.uniform() - 0.5)),
    secondMoment: present.map((one) => one * 1e-4 * (0.1 + random.uniform())),
    updates: 7,
  };
}

const randomIds = (random: Random, { vocab_size }: LlamaConfig, length: number) =>
  Array.from({ length }, () => random.integer(vocab_size));

/** Sequences to learn, of these lengths, with weights 0, ½ and 1. */
export function randomExamples(config: LlamaConfig, seed: number, lengths: readonly number[]): Example[] {
  const random = new Random(seed, 'warm-start');
  return lengths.map((length) => ({
    ids: randomIds(random, config, length),
    weights: Array.from({ length }, (_, i) => (i === length - 1 ? 1 : random.integer(3) / 2)),
  }));
}

/** Rewarded sequences of these lengths; each learnable from a place of its own. */
export function randomSamples(config: LlamaConfig, seed: number, lengths: readonly number[]): PolicySample[] {
  const random = new Random(seed, 'trajectory');
  return lengths.map((length) => ({
    ids: randomIds(random, config, length),
    learnableFrom: 1 + random.integer(length - 1),
    reward: random.integer(5) / 4,
  }));
}

export function randomPrompts(config: LlamaConfig, seed: number, lengths: readonly number[]): number[][] {
  const random = new Random(seed, 'prompts');
  return lengths.map((length) => randomIds(random, config, length));
}
