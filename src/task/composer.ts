import type { Random } from '../random/philox';
import type { Prompt } from './prompt';

/** Puts prompts together from parts that a visitor chooses. Pure. */
export interface Composer<Truth = unknown> {
  readonly fields: readonly CompositionField[];
  /** A prompt of one option of each field, by the fields' names; what is left open is drawn. Throws at other options. */
  readonly compose: (choices: Readonly<Record<string, string>>, random: Random) => Prompt<Truth>;
}

export interface CompositionField {
  name: string;
  label: string;
  options: readonly CompositionOption[];
  /** The option that stands there first. */
  first: string;
}

export interface CompositionOption {
  value: string;
  label: string;
  /** Options of one group stand together; '' for none. */
  group: string;
}
