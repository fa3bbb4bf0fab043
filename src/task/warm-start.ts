import type { Random } from '../random/philox';

/** Supervised examples that a base agent learns from before reinforcement learning. Pure. */
export interface WarmStart {
  /** An example for a model of this name: one of the game's roles, or a safeguard. */
  example(model: string, random: Random): WarmStartExample;
  /** How long it learns, and how fast. */
  schedule(model: string): SupervisedSchedule;
}

/** How long a model learns from examples, and how fast. */
export interface SupervisedSchedule {
  steps: number;
  /** Examples a step. */
  batch: number;
  /** Peak, reached after `warmupSteps`; from there it falls linearly to a tenth at the last step. */
  learningRate: number;
  warmupSteps: number;
  gradientClip: number;
}

/** Text before and after the point where the loss starts. Tokens are separated by one space; special tokens included. */
export interface WarmStartExample {
  context: string;
  target: string;
  /** Per word of `target`, whether it carries loss; absent means all do (drills: only the looked-up words). */
  mask?: readonly boolean[];
}
