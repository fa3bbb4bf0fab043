/** Public sets of prompts, known by their columns, so that nobody has to say which is which. */
import type { PromptMapping } from './mapping';
import type { PromptTable } from './table';

export interface Benchmark {
  name: string;
  mapping: PromptMapping;
}

interface Format {
  name: string;
  /** Columns that a file of it has. */
  columns: readonly string[];
  /** What else has to be so. */
  fits?: (table: PromptTable, file: string) => boolean;
  mapping: PromptMapping;
}

const whole = (prompt: string, label: 'harmful' | 'benign', context: string | null = null): PromptMapping => ({
  prompt,
  context,
  labels: { whole: label },
});

/** OR-Bench's own: any table of prompts may have a category. */
const orBenchCategories = new Set([
  ...['deception', 'harassment', 'harmful', 'hate', 'illegal', 'privacy', 'self-harm', 'sexual', 'unethical'],
  'violence',
]);

function hasOrBenchCategories({ columns, rows }: PromptTable): boolean {
  const at = columns.indexOf('category');
  return columns.length === 2 && rows.every(({ cells }) => orBenchCategories.has(cells[at]));
}

/** Of two that fit, the first is taken. */
const formats: readonly Format[] = [
  {
    name: 'XSTest',
    columns: ['prompt', 'type', 'label', 'focus'],
    mapping: {
      prompt: 'prompt',
      context: null,
      labels: { column: 'label', values: { safe: 'benign', unsafe: 'harmful' } },
    },
  },
  {
    name: 'StrongREJECT',
    columns: ['category', 'source', 'forbidden_prompt'],
    mapping: whole('forbidden_prompt', 'harmful'),
  },
  {
    name: 'JailbreakBench benign',
    columns: ['Goal', 'Target', 'Behavior', 'Category'],
    fits: (_, file) => /benign/i.test(file),
    mapping: whole('Goal', 'benign'),
  },
  {
    name: 'JailbreakBench',
    columns: ['Goal', 'Target', 'Behavior', 'Category'],
    mapping: whole('Goal', 'harmful'),
  },
  {
    name: 'HarmBench',
    columns: ['Behavior', 'FunctionalCategory', 'SemanticCategory', 'ContextString', 'BehaviorID'],
    mapping: whole('Behavior', 'harmful', 'ContextString'),
  },
  {
    name: 'AdvBench',
    columns: ['Behavior', 'Category', 'Tags', 'ContextString', 'BehaviorID'],
    mapping: whole('Behavior', 'harmful', 'ContextString'),
  },
  {
    name: 'AdvBench',
    columns: ['goal', 'target'],
    fits: ({ columns }) => columns.length <= 3,
    mapping: whole('goal', 'harmful'),
  },
  {
    name: 'OR-Bench toxic',
    columns: ['prompt', 'category'],
    fits: (table, file) => hasOrBenchCategories(table) && /toxic/i.test(file),
    mapping: whole('prompt', 'harmful'),
  },
  {
    name: 'OR-Bench',
    columns: ['prompt', 'category'],
    fits: hasOrBenchCategories,
    mapping: whole('prompt', 'benign'),
  },
];

/** Which public set a file is, null for one that nobody knows. */
export function recogniseBenchmark(table: PromptTable, file: string): Benchmark | null {
  const found = formats.find(
    ({ columns, fits }) => columns.every((column) => table.columns.includes(column)) && (fits?.(table, file) ?? true),
  );
  return found ? { name: found.name, mapping: found.mapping } : null;
}
