import {
  createPromptsTask,
  guessMapping,
  guessValues,
  nameOfFile,
  setsOf,
  valuesOf,
  type PromptFile,
  type PromptsTask,
  type PromptTable,
} from '../../src/tasks/prompts';
import { promptFacts } from '../../src/lab/measure/measurement';
import type { ChosenFile, CollectedFiles, ColumnValues, FilePreview } from '../protocol/measuring';

/** Rows that a preview shows. */
const PREVIEWED = 5;
/** Letters of a cell in a preview. */
const SHOWN = 400;

/** A file that this worker does not have, or not any more. */
export class FileNotReadError extends Error {
  override name = 'FileNotReadError';

  constructor() {
    super('This file is not in memory any more. Choose it again.');
  }
}

/** Reads a file of anyone's where that can be ended. Throws `PromptFileError`. */
export type ReadPrompts = (file: PromptFile) => Promise<PromptTable>;

/** Prompt files that were read and can be chosen from. */
export class PromptFiles {
  readonly #read = new Map<string, { file: string; table: PromptTable }>();
  readonly #readPrompts: ReadPrompts;

  constructor(readPrompts: ReadPrompts) {
    this.#readPrompts = readPrompts;
  }

  /** Throws what reading it throws. */
  async read(file: PromptFile): Promise<FilePreview> {
    const table = await this.#readPrompts(file);
    const fileId = crypto.randomUUID();
    this.#read.set(fileId, { file: file.name, table });
    const { format, columns, rows } = table;
    const first = rows
      .slice(0, PREVIEWED)
      .map(({ cells, line }) => ({ line, cells: cells.map((cell) => cell.slice(0, SHOWN)) }));
    return {
      fileId,
      file: file.name,
      name: nameOfFile(file.name),
      format,
      columns,
      rows: rows.length,
      first,
      guess: guessMapping(table, file.name),
    };
  }

  /** What the values of a column could mean. */
  values(fileId: string, column: string): ColumnValues {
    const values = valuesOf(this.#find(fileId).table, column);
    return values && guessValues(column, values);
  }

  drop(fileId: string): void {
    this.#read.delete(fileId);
  }

  /** Throws `FileNotReadError` and `PromptFileError`. */
  async task(files: readonly ChosenFile[]): Promise<PromptsTask> {
    return await createPromptsTask(
      files.map(({ fileId, name, mapping }) => ({ ...this.#find(fileId), name, mapping })),
    );
  }

  async collect(files: readonly ChosenFile[]): Promise<CollectedFiles> {
    const task = await this.task(files);
    const sets = setsOf(task.prompts).map(({ name, metric }) => {
      const prompts = task.prompts.filter(({ set }) => set === name).length;
      return { name, metric: metric === 'asr' ? ('asr' as const) : ('orr' as const), prompts };
    });
    return { ...promptFacts(task), sets };
  }

  #find(fileId: string) {
    const found = this.#read.get(fileId);
    if (!found) throw new FileNotReadError();
    return found;
  }
}
