import { perRole } from '../../waltz/game/roles';
import type { RunConfig } from './run-config';

/** The toy world's own settings, the paper's coefficients (docs/algorithm.md, docs/world.md). */
const standard: RunConfig = {
  preset: 'standard',
  seed: 1,
  task: { name: 'masquerade', level: 'standard' },
  model: '0.1M',
  init: 'base',
  method: 'waltzrl',
  reward: { alpha: 0.65, lambda: 0.25, lambda_two: 0, gamma: 0.1, variant: 'A', gate: 'all' },
  rollout: { batch: 64, rollouts_per_prompt: 1, max_rounds: 1, temperature: 1, trajectories: 'mixed' },
  stages: { one: 200, two: 400 },
  freeze: 'none',
  policy: {
    estimator: 'reinforce++',
    beta: 0.01,
    reference: 'stage',
    epsilon: 0.2,
    updates_per_batch: 1,
    loss_mean: 'tokens',
  },
  optimizer: {
    learning_rate: perRole(({ learningRate }) => learningRate),
    gradient_clip: 1,
    warmup_steps: 0,
    micro_batch_tokens: 0,
  },
  evaluation: { every: 25, prompts: 64, temperature: 0.7 },
  checkpoint: { every_steps: 25, every_seconds: 30 },
};

/** Deeper masks, advice that seldom helps, feedback that reasons less: where methods can be told apart. */
const hard: RunConfig = {
  ...standard,
  preset: 'hard',
  task: { name: 'masquerade', level: 'hard' },
  model: '0.17M',
};

/** A first impression in minutes on any adapter. */
const quick: RunConfig = {
  ...standard,
  preset: 'quick',
  task: { name: 'masquerade', level: 'tiny' },
  model: '0.06M',
  rollout: { ...standard.rollout, batch: 32 },
  stages: { one: 10, two: 50 },
  optimizer: { ...standard.optimizer, learning_rate: perRole(() => 6e-4), warmup_steps: 8 },
  evaluation: { ...standard.evaluation, every: 10 },
  checkpoint: { ...standard.checkpoint, every_steps: 10 },
};

/** The smallest run that still goes through everything: for tests. */
const tiny: RunConfig = {
  ...quick,
  preset: 'tiny',
  rollout: { ...quick.rollout, batch: 10 },
  stages: { one: 2, two: 2 },
  evaluation: { ...quick.evaluation, every: 2, prompts: 8 },
  checkpoint: { ...quick.checkpoint, every_steps: 2 },
};

export const presets = { quick, standard, hard, tiny } as const satisfies Record<string, RunConfig>;
export type PresetName = keyof typeof presets;
export const presetNames = Object.keys(presets) as PresetName[];

export const defaults: RunConfig = standard;
