import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a file so that a reader sees the old content or the new, never half of it, even after the power failed. Makes its
 * folder. What a writer left that was killed in the middle goes.
 */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content, { flush: true });
  renameSync(temporary, path);
  for (const file of readdirSync(dirname(path))) {
    if (isAbandoned(file, basename(path))) rmSync(join(dirname(path), file), { force: true });
  }
}

/** Whether a file is one that a process began to write in the place of `name`, and which is gone. */
function isAbandoned(file: string, name: string): boolean {
  if (!file.startsWith(`${name}.`)) return false;
  const [, writer] = /^(\d+)\.tmp$/.exec(file.slice(name.length + 1)) ?? [];
  if (writer === undefined) return false;
  try {
    process.kill(Number(writer), 0);
    return false;
  } catch (error) {
    // One that may not be signalled is there.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** The file's bytes, null where there is none. */
export function readIfPresent(path: string): Uint8Array<ArrayBuffer> | null {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
