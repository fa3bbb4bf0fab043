import type { PolicySettings, RewardSettings, RolloutSettings } from '../../waltz/learn/settings';

/**
 * One run's whole definition: a nested tree of plain values. Defaults are the paper's where it has them, ours where a
 * toy model needs its own (waltzrl.md section 3, world.md).
 */
export interface RunConfig {
  preset: string;
  seed: number;
  level: string;
  /** Who plays and learns: both agents, or the conversation agent alone. */
  method: 'waltzrl' | 'single-model';
  reward: RewardSettings;
  rollout: RolloutSettings;
  stages: { one: number; two: number };
  freeze: 'none' | 'conversation' | 'feedback';
  policy: PolicySettings & {
    /** What the feedback agent's KL in stage 2 is taken against: the agent at the start of the run, or as stage 1 left it. */
    reference: 'run' | 'stage';
  };
  optimizer: {
    learning_rate: { conversation: number; feedback: number };
    gradient_clip: number;
    warmup_steps: number;
    /** Tokens of a batch that are computed at once, their gradients adding up; at least the longest text, 0 for all. */
    micro_batch_tokens: number;
  };
  evaluation: { every: number; prompts: number; temperature: number };
  checkpoint: { every_steps: number; every_seconds: number };
}
