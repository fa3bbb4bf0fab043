import type { Random } from '../random/philox';

/** Supervised examples that a base agent learns from before reinforcement learning. Pure. */
export interface WarmStart {
  /** An example for a model of this name: one of the game's roles, or a safeguard. */
  example(model: string, random: Random): WarmStartExample;
}

/** Text before and after the point where the loss starts. Tokens are separated by one space; special tokens included. */
export interface WarmStartExample {
  context: string;
  target: string;
  /** Per word of `target`, whether it carries loss; absent means all do (drills: only the looked-up words). */
  mask?: readonly boolean[];
}
