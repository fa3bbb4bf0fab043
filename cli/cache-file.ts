import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomically } from './files';
import { root } from './root';

/** Values by key in a file beside what was installed. One that cannot be read or written is as good as none. */
export class CacheFile<Value> {
  readonly #path: string;

  constructor(name: string) {
    this.#path = join(root, '.cache', name);
  }

  read(key: string): Value | null {
    return this.#all()[key] ?? null;
  }

  write(key: string, value: Value): void {
    this.#keep({ ...this.#all(), [key]: value });
  }

  /** Drops all keys that are such. */
  forget(such: (key: string) => boolean): void {
    this.#keep(Object.fromEntries(Object.entries(this.#all()).filter(([key]) => !such(key))));
  }

  #keep(values: Partial<Record<string, Value>>): void {
    try {
      writeAtomically(this.#path, `${JSON.stringify(values, null, 2)}\n`);
    } catch (error) {
      // A package may be installed where its user may not write.
      if (!['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }

  #all(): Partial<Record<string, Value>> {
    try {
      return JSON.parse(readFileSync(this.#path, 'utf8')) as Record<string, Value>;
    } catch {
      return {};
    }
  }
}
