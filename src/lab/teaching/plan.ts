import type { LlamaConfig } from '../../model/config';
import type { MemoryEstimates, MemoryNeed } from '../../model/memory';
import type { ModelCapacity } from '../../model/capacity';
import { lessonShape, type LessonSettings } from './settings';
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

export function planLesson(
  config: LlamaConfig,
  { training, heldOut }: Parts,
  settings: LessonSettings,
  estimates: Pick<MemoryEstimates, 'estimate'>,
): LessonPlan {
  const capacity = lessonCapacity({ training }, settings);
  const counts = (sequences: Sequences) => ({ sequences: sequences.length, predicted: predicted(sequences) });
  const parts = { training: counts(training), heldOut: counts(heldOut) };
  return {
    tokens: 1 + parts.training.predicted + parts.heldOut.predicted,
    parts,
    batch: capacity.training.sequences,
    memory: estimates.estimate([lessonShape(config, settings)], capacity),
  };
}

/** Room for a lesson's steps and measurements, and what to do where there is none. */
export function lessonCapacity(
  { training }: Pick<Parts, 'training'>,
  { batch }: Pick<LessonSettings, 'batch'>,
): ModelCapacity {
  // None is longer than the first.
  const [{ length }] = training;
  const sequences = Math.min(batch, training.length);
  return {
    length,
    training: { tokens: sequences * length, sequences },
    generation: null,
    advice: (tokens) => `Take at most ${Math.floor(tokens / length)} sequences a step.`,
  };
}
