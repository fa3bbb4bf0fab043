/** A file of prompts as rows and columns, whatever format it came in. */
export interface PromptTable {
  format: PromptFormat;
  /** Names, each once; one without a name is called after its place. */
  columns: readonly string[];
  rows: readonly TableRow[];
}

export type PromptFormat = 'CSV' | 'TSV' | 'JSON Lines' | 'JSON' | 'Parquet';

export interface TableRow {
  /** A text a column, '' where the file has nothing. */
  cells: readonly string[];
  /** Where it begins in the file: its line; in Parquet, which has no lines, its row. Counted from 1. */
  line: number;
}

/** A prompt file that cannot be read, or that says nothing of prompts. The message names the file, the line and what is wrong. */
export class PromptFileError extends Error {
  override name = 'PromptFileError';
}

/** What a file may hold. Files are hostile until they are read, so all of these are checked before memory is spent. */
export const promptFileLimits = {
  /** Bytes of a file, and of a Parquet file's columns once they are decompressed. */
  bytes: 64 * 2 ** 20,
  rows: 200_000,
  columns: 256,
  /** Characters of a cell, and of a JSON record. */
  cell: 200_000,
  /** Objects and arrays in each other, in a JSON record. */
  nesting: 16,
} as const;

/** Says where a file is wrong. `line` is null where no line is to blame. */
export type Refuse = (line: number | null, what: string) => never;

/** A refusal that names this file. */
export function refusalOf(file: string): Refuse {
  return (line, what) => {
    throw new PromptFileError(`${file}${line === null ? '' : `, line ${line}`}: ${what}`);
  };
}

/** Collects rows under the limits. */
export class TableBuilder {
  readonly rows: TableRow[] = [];
  readonly #refuse: Refuse;

  constructor(refuse: Refuse) {
    this.#refuse = refuse;
  }

  add(row: TableRow): void {
    if (this.rows.length === promptFileLimits.rows) {
      this.#refuse(row.line, `there are more than ${promptFileLimits.rows} rows. Cut the file into several.`);
    }
    this.rows.push(row);
  }

  table(format: PromptFormat, names: readonly string[]): PromptTable {
    if (this.rows.length === 0) this.#refuse(null, 'there are no rows in it. Choose a file with prompts.');
    return { format, columns: distinct(names), rows: this.rows };
  }
}

/** Names as a person can choose among them. */
function distinct(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.map((given, i) => {
    const name = given.trim() || `column ${i + 1}`;
    let unique = name;
    for (let n = 2; seen.has(unique); n++) unique = `${name} (${n})`;
    seen.add(unique);
    return unique;
  });
}
