import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { readIfPresent } from '../../cli/files';

/** Lines of JSON in a file that only grows: what happened, so that a script goes on where it was stopped. */
export class Journal<Entry extends object> {
  readonly #path: string;
  readonly entries: Entry[];

  constructor(path: string, { anew = false } = {}) {
    this.#path = path;
    if (anew) rmSync(path, { force: true });
    const text = new TextDecoder().decode(readIfPresent(path) ?? new Uint8Array());
    this.entries = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Entry);
  }

  add(entry: Entry): void {
    this.entries.push(entry);
    mkdirSync(dirname(this.#path), { recursive: true });
    appendFileSync(this.#path, `${JSON.stringify(entry)}\n`);
  }
}
