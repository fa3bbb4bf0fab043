import type { LlamaConfig } from '../../model/config';

export interface LessonSettings {
  /** Most tokens of a sequence. */
  length: number;
  /** AdamW steps. */
  steps: number;
  /** Sequences a step. */
  batch: number;
  /** Peak of the learning rate. */
  learningRate: number;
  /** Of the order in which the sequences come. */
  seed: number;
}

/** A setting that is none; the message says what it may be. */
export class LessonSettingsError extends Error {
  override name = 'LessonSettingsError';
}

type Reader = Pick<LlamaConfig, 'max_position_embeddings'>;

export const defaultSettings = ({ max_position_embeddings }: Reader): LessonSettings => ({
  length: Math.min(128, max_position_embeddings),
  steps: 100,
  batch: 8,
  learningRate: 1e-3,
  seed: 1,
});

/** Throws `LessonSettingsError`. */
export function checkSettings(settings: LessonSettings, { max_position_embeddings }: Reader): void {
  const whole = [
    ['length', 'A sequence has', 2, max_position_embeddings, ' tokens'],
    ['steps', 'A lesson has', 1, 10_000, ' steps'],
    ['batch', 'A step takes', 1, 256, ' sequences'],
    ['seed', 'The seed is', 0, 2 ** 32 - 1, ''],
  ] as const;
  for (const [name, is, least, most, what] of whole) {
    const value = settings[name];
    if (Number.isInteger(value) && value >= least && value <= most) continue;
    throw new LessonSettingsError(`${is} ${least} to ${most}${what}, a whole number.`);
  }
  const { learningRate } = settings;
  if (!(learningRate > 0 && learningRate <= 1)) {
    throw new LessonSettingsError('The learning rate is a number above 0, and 1 at most.');
  }
}
