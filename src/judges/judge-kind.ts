import type { Judge } from '../task/judge';

/** A judge that can be chosen, with settings that are text. */
export interface JudgeKind {
  /** What it does, and what it cannot, in a sentence or two. */
  description: string;
  /** A word that stands beside its figures wherever they are shown, '' for none. */
  caveat: string;
  /** What its settings are, for a label. */
  settings: string;
  /** To begin with. */
  defaults: string;
  /** Throws an error that says what is wrong with the settings. */
  create(settings: string): Judge;
}
