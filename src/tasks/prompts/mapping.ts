/** What the columns of a prompt file mean: said by hand, known of a public set, or guessed. */
import { PromptFileError } from './table';

export type LabelChoice = 'harmful' | 'benign' | 'leave out';
export type Label = Exclude<LabelChoice, 'leave out'>;

export interface PromptMapping {
  /** Name of the column with the prompts. */
  prompt: string;
  /** A column with a text that stands before the prompt, as HarmBench's contexts do; null for none. */
  context: string | null;
  labels: LabelMapping;
}

/** Either every prompt of the file has one label, or a column says which. */
export type LabelMapping = { whole: Label } | { column: string; values: Readonly<Record<string, LabelChoice>> };

/** A mapping that may lack what could not be guessed. */
export interface GuessedMapping {
  /** The public set that it was recognised as, or null. */
  benchmark: string | null;
  prompt: string;
  context: string | null;
  /** A value that nobody knows is null; without a column for labels, and no label for the whole, all of it is. */
  labels: { whole: Label | null } | { column: string; values: Readonly<Record<string, LabelChoice | null>> };
}

/** What a guess still lacks, in words, or null for one that is complete. */
export function lacking({ labels }: GuessedMapping): string | null {
  if ('whole' in labels) return labels.whole === null ? 'nothing says whether its prompts are harmful' : null;
  const open = Object.entries(labels.values).flatMap(([value, label]) => (label === null ? [`"${value}"`] : []));
  if (open.length === 0) return null;
  return `nothing says what ${open.join(', ')} in column ${labels.column} mean${open.length === 1 ? 's' : ''}`;
}

/** A guess that lacks nothing. Throws `PromptFileError`; `file` and `advice` go into its message. */
export function complete(guess: GuessedMapping, file: string, advice: string): PromptMapping {
  const lack = lacking(guess);
  if (lack !== null) throw new PromptFileError(`${file}: ${lack}. ${advice}`);
  const { prompt, context, labels } = guess;
  return { prompt, context, labels: labels as LabelMapping };
}
