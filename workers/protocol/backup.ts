/** What crosses between the page and the worker that writes everything that is kept into one zip. */

/** A text of the page's own that is to be in it. */
export interface BackupText {
  path: string;
  text: string;
}

export interface Backup {
  name: string;
  archive: Blob;
  /** What is in it. */
  counts: { runs: number; models: number; results: number; measurements: number; texts: number };
  /** What is not, since it could not be read: the name and why. */
  unread: { name: string; why: string }[];
}

export interface BackupCalls {
  /**
   * Everything that is kept in this browser: every run at its last checkpoint as a .waltz file, every model as a Hugging Face
   * folder, results as lines, measurements. Whoever wants it no more ends the worker.
   */
  'backup.make': { asked: { texts: readonly BackupText[] }; answer: Backup };
}

/** What is written next, and how many things are written of all. */
export interface BackupNews {
  name: string;
  done: number;
  total: number;
}
