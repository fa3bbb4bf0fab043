/** What crosses to the worker that reads strangers' files, and back: plain data that was checked there. */
import type { Offer, OfferedFile } from '../../src/lab/import/read';
import type { PromptFile, PromptTable } from '../../src/tasks/prompts';

export interface ReadingCalls {
  /** A `.waltz` file, a zip, or the files of a folder. Tokenizers and templates are tried. */
  offer: { asked: { files: readonly OfferedFile[] }; answer: Offer };
  prompts: { asked: { file: PromptFile }; answer: PromptTable };
}
