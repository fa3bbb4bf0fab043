/** The algorithm's settings, as a run's config (`lab/config/run-config.ts`) holds them. */
import type { LossMean } from '../../model/agent';

/** Coefficients of R_f (sec. 2.2) and which sum of its terms is paid (Fig. 2, Table 6). */
export interface RewardSettings {
  alpha: number;
  /** In stage 1. */
  lambda: number;
  /** λ in stage 2, 0 in the paper. */
  lambda_two: number;
  gamma: number;
  variant: 'A' | 'B' | 'C' | 'no-dir';
  /** What R_label stands before (not in variant C): any R_DIR, or gains alone, so that a spoiled answer costs −α whatever the flags. */
  gate: 'all' | 'gains';
}

export interface RolloutSettings {
  /** Prompts a step. */
  batch: number;
  /** Rollouts of each prompt: one group. */
  rollouts_per_prompt: number;
  /** T_max. */
  max_rounds: number;
  temperature: number;
  trajectories: 'mixed' | 'tau_a' | 'tau_b';
}

/** WaltzRL, or reinforcement learning of the conversation agent alone. */
export type Method = 'waltzrl' | 'single-model';

/** Which baseline is taken off a reward, and what is normalised (`advantages.ts`). */
export type Estimator = 'reinforce++' | 'reinforce++-kind' | 'reinforce++-baseline' | 'rloo' | 'grpo';

export interface PolicySettings {
  estimator: Estimator;
  beta: number;
  epsilon: number;
  updates_per_batch: number;
  loss_mean: LossMean;
}

/** Stage 1 trains the feedback agent alone, stage 2 both (sec. 2.4). */
export type Stage = 1 | 2;
