/** What crosses of files on their way in. */
import type { ImportDescription } from '../../src/lab/import/describe';
import type { OfferedFile } from '../../src/lab/import/read';

export interface ImportingCalls {
  /**
   * Reads what somebody would like to take in: a `.waltz` file, a zip, or the files of a folder. Nothing is kept or changed,
   * and a GPU is not needed.
   */
  'import.look': { asked: { files: OfferedFile[] }; answer: ImportDescription };
  /** Takes in what was described last: a run is put into hand, models are kept as guests, of these ids. */
  'import.take': { asked: object; answer: { guests: string[] } };
  /** Forgets it. */
  'import.drop': { asked: object; answer: null };
}
