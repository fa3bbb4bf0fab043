import type { RunConfig } from '../config/run-config';
import { milestones } from './stages';

/** How a run stands to its last checkpoint. */
export interface SinceCheckpoint {
  /** RL steps made. */
  step: number;
  /** The step that the last checkpoint is of. */
  savedStep: number;
  /** Seconds since it was written. */
  seconds: number;
}

/**
 * Whether a run that goes on is to be saved at this step: after its first one, so that it is there from then on; once it
 * has made `every_steps` since its last checkpoint, or has gone on for `every_seconds`; and at every milestone. A run that
 * ends or is stopped is saved in any case.
 */
export function checkpointDue(
  { checkpoint: { every_steps, every_seconds }, ...config }: Pick<RunConfig, 'checkpoint' | 'stages'>,
  { step, savedStep, seconds }: SinceCheckpoint,
): boolean {
  if (step === savedStep) return false;
  return step === 1 || step - savedStep >= every_steps || seconds >= every_seconds || milestones(config).includes(step);
}
