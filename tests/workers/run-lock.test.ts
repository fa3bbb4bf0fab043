import { expect, it } from 'vitest';
import { lockRun, RunLockedError } from '../../workers/trainer/run-lock';

/** The part of a browser's lock manager that matters here: one holder a name, `ifAvailable` never waits. */
class Locks {
  readonly held = new Set<string>();
  request = (async (name: string, _: LockOptions, work: (lock: Lock | null) => Promise<unknown>) => {
    if (this.held.has(name)) return await work(null);
    this.held.add(name);
    try {
      return await work({ name, mode: 'exclusive' });
    } finally {
      this.held.delete(name);
    }
  }) as LockManager['request'];
}

it('one tab has a run until it gives it back; others are refused at once', async () => {
  const locks = new Locks();
  const release = await lockRun('a', locks);
  await expect(lockRun('a', locks)).rejects.toThrow(RunLockedError);
  const other = await lockRun('b', locks);
  release();
  other();
  await new Promise((resolve) => setTimeout(resolve));
  expect(locks.held.size).toBe(0);
  (await lockRun('a', locks))();
});
