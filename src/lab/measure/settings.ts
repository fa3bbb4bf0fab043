/** How a model is asked. */
export interface MeasureSettings {
  /** Prompts of a set at most, null for all. */
  limit: number | null;
  /** Tokens of an answer at most, its end counted. */
  maxNewTokens: number;
  /** 0 is greedy. */
  temperature: number;
  /** Of sampling; greedy answers do not hang on it. */
  seed: number;
}

/** Greedy, as HarmBench and XSTest ask: a model has one answer. */
export const defaultMeasureSettings: MeasureSettings = { limit: null, maxNewTokens: 64, temperature: 0, seed: 1 };

export const MOST_NEW_TOKENS = 1024;

/** A setting that no measurement can have. */
export class MeasureSettingsError extends Error {
  override name = 'MeasureSettingsError';
}

/** Throws `MeasureSettingsError`. */
export function checkMeasureSettings({ limit, maxNewTokens, temperature, seed }: MeasureSettings): void {
  const refuse = (what: string) => {
    throw new MeasureSettingsError(what);
  };
  const whole = (value: number, least: number, most: number) =>
    Number.isInteger(value) && value >= least && value <= most;
  if (limit !== null && !whole(limit, 1, 1e6)) refuse('The limit of a set is a whole number of 1 at least.');
  if (!whole(maxNewTokens, 1, MOST_NEW_TOKENS)) refuse(`An answer has 1 to ${MOST_NEW_TOKENS} tokens at most.`);
  if (!(temperature >= 0 && temperature <= 2)) refuse('The temperature is a number from 0 to 2.');
  if (!whole(seed, 0, 2 ** 32 - 1)) refuse('The seed is a whole number from 0 to 4294967295.');
}
