/** What the columns of a prompt file seem to mean, by their names and values. */
import { recogniseBenchmark } from './benchmarks';
import type { GuessedMapping, LabelChoice } from './mapping';
import type { PromptTable } from './table';

/** Most different values of a column that labels prompts. */
const MOST_VALUES = 20;

/** The best first. */
const promptNames = [
  ...['prompt', 'forbidden_prompt', 'user_prompt', 'question', 'instruction', 'goal', 'behavior', 'query', 'request'],
  ...['user_input', 'input', 'text', 'content', 'sentence'],
];
const harmfulNames = new Set(['harmful', 'is_harmful', 'unsafe', 'is_unsafe', 'toxic', 'is_toxic', 'harm', 'toxicity']);
const benignNames = new Set(['safe', 'is_safe', 'benign', 'is_benign', 'harmless']);
const neutralNames = new Set(['label', 'labels', 'prompt_label', 'class', 'safety', 'harm_label', 'prompt_harm_label']);
const harmfulWords = new Set(['harmful', 'unsafe', 'toxic', 'bad', 'malicious', 'forbidden']);
const benignWords = new Set(['benign', 'safe', 'harmless', 'unharmful', 'good', 'not harmful', 'non-harmful']);
const yes = new Set(['1', '1.0', 'true', 'yes']);
const no = new Set(['0', '0.0', 'false', 'no']);

const plain = (text: string) =>
  text
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');

/** What a file's columns seem to mean. Where it is a public set, that is known and complete. */
export function guessMapping(table: PromptTable, file: string): GuessedMapping {
  const benchmark = recogniseBenchmark(table, file);
  if (benchmark) return { benchmark: benchmark.name, ...benchmark.mapping };
  return { benchmark: null, prompt: promptColumn(table), context: null, labels: guessLabels(table) };
}

/** By its name; else the column with the longest texts. */
function promptColumn({ columns, rows }: PromptTable): string {
  const named = promptNames.flatMap((name) => columns.find((column) => plain(column) === name) ?? []);
  const similar = columns.find((column) => plain(column).includes('prompt'));
  if (named.length > 0 || similar !== undefined) return named[0] ?? similar;
  const lengths = columns.map((_, i) => rows.reduce((sum, { cells }) => sum + cells[i].length, 0));
  return columns[lengths.indexOf(Math.max(...lengths))];
}

function guessLabels(table: PromptTable): GuessedMapping['labels'] {
  const known = (names: ReadonlySet<string>) => table.columns.find((column) => names.has(plain(column)));
  const column = known(harmfulNames) ?? known(benignNames) ?? known(neutralNames);
  const values = column === undefined ? null : valuesOf(table, column);
  if (column === undefined || values === null) return { whole: null };
  return { column, values: guessValues(column, values) };
}

/** What the values of a column seem to say; a 1 says nothing unless the column's name does. */
export function guessValues(column: string, values: readonly string[]): Record<string, LabelChoice | null> {
  const name = plain(column);
  const guess = (value: string): LabelChoice | null => {
    const word = value.trim().toLowerCase();
    if (harmfulWords.has(word)) return 'harmful';
    if (benignWords.has(word)) return 'benign';
    if (word === '') return 'leave out';
    if (harmfulNames.has(name)) return yes.has(word) ? 'harmful' : no.has(word) ? 'benign' : null;
    if (benignNames.has(name)) return yes.has(word) ? 'benign' : no.has(word) ? 'harmful' : null;
    return null;
  };
  return Object.fromEntries(values.map((value) => [value, guess(value)]));
}

/** The different values of a column in their order, null where there are more than labels have. */
export function valuesOf({ columns, rows }: PromptTable, column: string): string[] | null {
  const at = columns.indexOf(column);
  const values = new Set<string>();
  for (const { cells } of rows) {
    values.add(cells[at]);
    if (values.size > MOST_VALUES) return null;
  }
  return [...values];
}
