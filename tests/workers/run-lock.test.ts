import { expect, it } from 'vitest';
import { RunLockedError, RunLocks } from '../../workers/trainer/run-lock';

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
  query = () => Promise.resolve({ held: [...this.held, 'another site of this origin'].map((name) => ({ name })) });
}

it('one tab has a run until it gives it back; others are refused at once, and know', async () => {
  const locks = new Locks();
  const [here, there] = [new RunLocks(locks), new RunLocks(locks)];
  const release = await here.take('a');
  await expect(there.take('a')).rejects.toThrow(RunLockedError);
  const other = await there.take('b');
  expect(await Promise.all([here, there].map(async (tab) => [...(await tab.elsewhere())]))).toEqual([['b'], ['a']]);
  release();
  other();
  // The browser lets go of it a moment later, and until then it is nobody else's.
  expect(await here.elsewhere()).toEqual(new Set(['b']));
  await new Promise((resolve) => setTimeout(resolve));
  expect(locks.held.size).toBe(0);
  expect(await here.elsewhere()).toEqual(new Set());
  (await there.take('a'))();
});
