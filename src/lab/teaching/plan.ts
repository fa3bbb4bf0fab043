import type { LlamaConfig } from '../../model/config';
import { checkLearnerFits, type LoadLearnerOptions } from '../models/load-learner';
import { memoryNeed, type MemoryNeed } from '../models/capacity';
import type { LessonSettings } from './settings';
import { predicted, type LessonPart, type Sequences } from './text';

/** What a lesson comes to, before it begins. */
export interface LessonPlan {
  /** Of the text. */
  tokens: number;
  parts: Record<LessonPart, { sequences: number; predicted: number }>;
  /** Sequences a step: all of the training part where it has fewer than were asked for. */
  batch: number;
  memory: MemoryNeed;
}

type Parts = Readonly<Record<LessonPart, Sequences>>;

/** `largestBuffer` is the adapter's limit in bytes. */
export function planLesson(
  config: LlamaConfig,
  { training, heldOut }: Parts,
  settings: LessonSettings,
  largestBuffer: number,
): LessonPlan {
  const { batches, advice } = lessonRoom({ training }, settings);
  const counts = (sequences: Sequences) => ({ sequences: sequences.length, predicted: predicted(sequences) });
  const parts = { training: counts(training), heldOut: counts(heldOut) };
  return {
    tokens: 1 + parts.training.predicted + parts.heldOut.predicted,
    parts,
    batch: batches.sequences,
    memory: memoryNeed(() => checkLearnerFits(config, batches, largestBuffer, advice)),
  };
}

/** Room for a lesson's steps and measurements, and what to do where there is none. */
export function lessonRoom(
  { training }: Pick<Parts, 'training'>,
  { batch }: Pick<LessonSettings, 'batch'>,
): Pick<LoadLearnerOptions, 'batches' | 'advice'> {
  // None is longer than the first.
  const [{ length }] = training;
  return {
    batches: { sequences: Math.min(batch, training.length), length },
    advice: (tokens) => `Take at most ${Math.floor(tokens / length)} sequences a step.`,
  };
}
