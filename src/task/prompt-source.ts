import type { Random } from '../random/philox';
import type { Prompt, Split, Stage } from './prompt';

/** Where prompts come from. Pure: the same arguments give the same prompts. */
export interface PromptSource<Truth = unknown> {
  /** A training batch of a stage. Splits are disjoint: no prompt of it is ever evaluated, nor trained in the other stage. */
  training(stage: Stage, count: number, random: Random): Prompt<Truth>[];
  /**
   * The fixed draw of a set, distinct prompts, fewer where it has no more. Another `draw` number gives fresh ones of the same
   * split.
   */
  evaluation(set: string, split: Split, count: number, draw?: number): Prompt<Truth>[];
}
