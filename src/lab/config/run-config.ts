import type { SizeName } from '../../model/sizes';
import type { TaskChoice } from '../../task/task-tag';
import type { RoleName } from '../../waltz/game/roles';
import type { Method, PolicySettings, RewardSettings, RolloutSettings } from '../../waltz/learn/settings';

/** How agents learn, whatever they are and whatever they talk about: the algorithm's settings. */
export interface LearningConfig {
  seed: number;
  /** Who plays and learns: all agents, or the one that answers alone. */
  method: Method;
  reward: RewardSettings;
  rollout: RolloutSettings;
  stages: { one: number; two: number };
  freeze: 'none' | RoleName;
  policy: PolicySettings & {
    /** What the KL of an agent that stage 1 has made is taken against in stage 2: the agent at the start of the run, or as stage 1 left it. */
    reference: 'run' | 'stage';
  };
  optimizer: {
    learning_rate: Record<RoleName, number>;
    gradient_clip: number;
    warmup_steps: number;
    /** Tokens of a batch that are computed at once, their gradients adding up; at least the longest text, 0 for all. */
    micro_batch_tokens: number;
  };
  evaluation: { every: number; prompts: number; temperature: number };
  checkpoint: { every_steps: number; every_seconds: number };
}

/**
 * One run's whole definition: a nested tree of plain values. Defaults are the paper's where it has them, ours where a
 * toy model needs its own (docs/algorithm.md, docs/world.md).
 */
export interface RunConfig extends LearningConfig {
  preset: string;
  task: TaskChoice;
  /** Size of all agents. */
  model: SizeName;
  /** What they begin as: the base agents that a warm start made of this task and size, or fresh weights of the seed. */
  init: 'base' | 'random';
}
