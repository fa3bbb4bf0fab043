import { readCsv } from './csv';
import { decodeText } from './file-text';
import { isParquet, readParquet } from './parquet';
import { isJsonLines, readJson, readJsonLines } from './records';
import { promptFileLimits, refusalOf, type PromptTable } from './table';

/** A file as it was picked, dropped or opened: its bytes are read after its size was looked at. */
export type PromptFile = Pick<File, 'name' | 'size' | 'arrayBuffer'>;

/**
 * A file of prompts: CSV with any of three separators, JSON Lines, JSON or Parquet, told apart by what is in it. Throws
 * `PromptFileError`.
 */
export async function readPromptFile(file: PromptFile): Promise<PromptTable> {
  const refuse = refusalOf(file.name);
  const { bytes: most } = promptFileLimits;
  if (file.size > most) refuse(null, `it has ${file.size} bytes and may have ${most}. Cut it into several.`);
  if (file.size === 0) refuse(null, 'it is empty. Choose a file with prompts.');
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (isParquet(bytes)) return await readParquet(bytes, refuse);
  const text = decodeText(bytes, refuse);
  if (/\.(csv|tsv|tab)$/i.test(file.name)) return readCsv(text, refuse);
  if (isJsonLines(text)) return readJsonLines(text, refuse);
  return /^\s*[[{]/.test(text) ? readJson(text, refuse) : readCsv(text, refuse);
}
