/** Ways of computing the same numbers, among which a backend may choose the fastest. */

/** The plain variants, or those that are fastest here. */
export const variantChoices = ['tuned', 'plain'] as const;
export type VariantChoice = (typeof variantChoices)[number];

export interface VariantWish {
  choice: VariantChoice;
  /** What a run that goes on was computed with, variants by role: replayed where this build knows it and the device can. */
  recorded: Readonly<Record<string, string>>;
}

/** One candidate that was timed. */
export interface Trial {
  /** What it is for; a provenance's variants have the same keys. */
  role: string;
  name: string;
  /**
   * Milliseconds of one product of the model's widest matrix, or of generating a token of each sequence; null where it
   * disagreed with the plain one.
   */
  milliseconds: number | null;
  gflops: number | null;
}
