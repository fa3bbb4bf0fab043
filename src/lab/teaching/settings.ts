import type { LlamaConfig } from '../../model/config';
import { parameterLayout } from '../../model/layout';
import { defaultLora, type LoraConfig } from '../../model/lora';
import type { ModelShape } from '../../model/shapes';

export interface LessonSettings {
  /** Most tokens of a sequence. */
  length: number;
  /** AdamW steps. */
  steps: number;
  /** Sequences a step. */
  batch: number;
  /** Of the adapters (LoRA) that learn, on all projections; 0 where all weights learn. */
  rank: number;
  /** Peak of the learning rate. */
  learningRate: number;
  /** Of the order in which the sequences come. */
  seed: number;
}

/** A setting that is none; the message says what it may be. */
export class LessonSettingsError extends Error {
  override name = 'LessonSettingsError';
}

/** A model with more parameters begins with adapters, and with less a step: all its weights would take five times its memory. */
const LARGE = 30_000_000;

export function defaultSettings(config: LlamaConfig): LessonSettings {
  const isLarge = parameterLayout(config).count > LARGE;
  const own = isLarge ? { length: 64, steps: 20, batch: 4, rank: 8 } : { length: 128, steps: 100, batch: 8, rank: 0 };
  return { ...own, length: Math.min(own.length, config.max_position_embeddings), learningRate: 1e-3, seed: 1 };
}

/** The adapters that learn, of twice their rank as alpha; null where all weights do. */
export const lessonLora = ({ rank }: Pick<LessonSettings, 'rank'>): LoraConfig | null =>
  rank === 0 ? null : { ...defaultLora, r: rank, lora_alpha: 2 * rank };

/** What a lesson's memory hangs on. */
export function lessonShape(config: LlamaConfig, settings: Pick<LessonSettings, 'rank'>): ModelShape {
  const lora = lessonLora(settings);
  return lora ? { ...config, lora } : config;
}

/** Throws `LessonSettingsError`. */
export function checkSettings(settings: LessonSettings, config: LlamaConfig): void {
  const { max_position_embeddings, hidden_size, num_key_value_heads, head_dim } = config;
  const whole = [
    ['length', 'A sequence has', 2, max_position_embeddings, ' tokens'],
    ['steps', 'A lesson has', 1, 10_000, ' steps'],
    ['batch', 'A step takes', 1, 256, ' sequences'],
    ['rank', 'The rank of adapters is', 0, Math.min(256, hidden_size, num_key_value_heads * head_dim), ''],
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
