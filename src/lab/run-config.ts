import type { Level } from '../world/world';

/**
 * One run's whole definition: a nested tree of plain values. Defaults are the paper's where it has them, ours where a
 * toy model needs its own (waltzrl.md section 3, world.md).
 */
export interface RunConfig {
  preset: string;
  seed: number;
  level: Level;
  /** Who plays and learns: both agents, or the conversation agent alone. */
  method: 'waltzrl' | 'single-model';
  reward: {
    alpha: number;
    /** Stage 1 only; stage 2 has λ = 0. */
    lambda: number;
    gamma: number;
    variant: 'A' | 'B' | 'C' | 'no-dir';
  };
  rollout: {
    /** Prompts a step. */
    batch: number;
    rollouts_per_prompt: number;
    /** T_max. */
    max_rounds: number;
    temperature: number;
    trajectories: 'mixed' | 'tau_a' | 'tau_b';
  };
  stages: { one: number; two: number };
  freeze: 'none' | 'conversation' | 'feedback';
  policy: {
    estimator: 'reinforce++' | 'reinforce++-baseline' | 'rloo' | 'grpo';
    beta: number;
    /** What the feedback agent's KL in stage 2 is taken against: the agent at the start of the run, or as stage 1 left it. */
    reference: 'run' | 'stage';
    epsilon: number;
    updates_per_batch: number;
    loss_mean: 'tokens' | 'sequences';
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
