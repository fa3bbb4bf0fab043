import type { Serving } from '../run/serving';

/** A run to train and measure, or base agents to measure, as it stands in a queue. */
export interface QueuedSubject {
  id: string;
  name: string;
  phase: 'waiting' | 'opening' | 'training' | 'measuring' | 'done';
  /** RL steps made, of how many; 0 of 0 where nothing is trained. */
  step: number;
  total: number;
  /** What is being measured, in prompts. */
  measuring: { serving: Serving; done: number; total: number } | null;
  /** Milliseconds at the pace that is known of this adapter, null where none is. */
  remaining: number | null;
}
