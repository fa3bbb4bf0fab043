import type { Variants } from './variants';

/** One candidate on this adapter. */
export interface Trial {
  role: keyof Variants;
  name: string;
  /**
   * Milliseconds of one product of the model's widest matrix, or of generating a token of each sequence; null where it
   * disagreed with the plain one.
   */
  milliseconds: number | null;
  gflops: number | null;
}
