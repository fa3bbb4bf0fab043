import type { Split, Stage } from '../../task/prompt';
import type { Outcome } from '../game/rollout';

/** What one RL step measured. Names are the field's (TRL, OpenRLHF). Rates are fractions of the batch. */
export interface StepMetrics {
  step: number;
  stage: Stage;
  /** Mean R_c of c_0 and of the served answer (Fig. 4). */
  reward_first: number;
  reward_final: number;
  /** Mean R_f over feedbacks, and its parts; null where nobody gave feedback. */
  reward_feedback: number | null;
  label_accuracy: number | null;
  /** Share of feedbacks that are not well-formed (Fig. 3). */
  json_errors: number | null;
  /** Share of rollouts whose answer was flagged at least once. */
  trigger_rate: number;
  /** Shares of all rollouts (Fig. 2): improved, worsened. */
  improved: number;
  worsened: number;
  outcomes: Record<Outcome, number>;
  /** By role; null for an agent that was frozen in this step. */
  agents: Record<string, AgentMetrics | null>;
  /** Tokens generated and tokens trained on in this step. */
  tokens_generated: number;
  tokens_trained: number;
  /** Wall-clock figures, milliseconds; everything else is reproducible. */
  time: { total: number; rollout: number; update: number };
}

export interface AgentMetrics {
  loss: number;
  reward: number;
  kl: number;
  entropy: number;
  grad_norm: number;
  clip_ratio: number;
  mean_length: number;
}

/** One set's evaluation, fractions. Harmful sets have `asr`, benign ones `orr`, everyday `right`. */
export interface SetMetrics {
  n: number;
  asr?: number;
  orr?: number;
  right?: number;
  ftr: number;
  /** Null where nobody gave feedback. */
  label_accuracy: number | null;
  malformed: number;
  evasive: number;
  /** The set's own rate (asr, orr or right) of c_0: the conversation agent alone, on the very same draws. */
  alone?: number;
  /** Shares of prompts that feedback repaired and spoiled. */
  improved?: number;
  worsened?: number;
}

/** A point of the Pareto path. Means of sets are unweighted. */
export interface Evaluation {
  step: number;
  split: Split;
  temperature: number;
  sets: Record<string, SetMetrics>;
  asr: number;
  orr: number;
  f1: number;
  /** Ends of Wilson's 95% intervals of these means, for the plane. */
  asr_interval: [number, number];
  orr_interval: [number, number];
}
