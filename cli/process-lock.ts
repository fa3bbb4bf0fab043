import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Another process is at it. */
export class LockedError extends Error {
  override name = 'LockedError';
}

/** A file that stands while one process works at something; one whose process is gone is no lock. */
export class ProcessLock {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** @throws {LockedError} with this message. */
  static take(path: string, message: string): ProcessLock {
    for (;;) {
      try {
        writeFileSync(path, String(process.pid), { flag: 'wx' });
        return new ProcessLock(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
        if (isAlive(holderOf(path))) throw new LockedError(`${message} Wait for it, or stop it.`);
        rmSync(path, { force: true });
      }
    }
  }

  release(): void {
    rmSync(this.#path, { force: true });
  }
}

function holderOf(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return NaN;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // One that may not be signalled is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
