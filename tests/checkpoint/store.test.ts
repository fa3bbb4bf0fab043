import 'fake-indexeddb/auto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { forceCloseDatabase } from 'fake-indexeddb';
import { deleteDB, openDB } from 'idb';
import { AgentStateError } from '../../src/checkpoint/snapshot';
import { RunStore } from '../../src/checkpoint/store';
import {
  RunConflictError,
  RunNotFoundError,
  RunUnreadableError,
  StoreBlockedError,
  StoreError,
  StoreFullError,
  StoreUnavailableError,
} from '../../src/checkpoint/store-errors';
import { format, snapshot, type Config, type Evaluation, type Measured, type Metrics } from './fixtures';

/** `put` itself, for spies that stand before it. */
function realPut() {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its store below
  const { put } = IDBObjectStore.prototype;
  return (store: IDBObjectStore, ...what: Parameters<typeof put>) => put.apply(store, what);
}

let name = 0;
let store: RunStore<Config, Metrics, Evaluation, Measured>;
const open = () => new RunStore(format, `test ${name}`);
const save = (run: string, step: number, savedAt = step) => store.save(snapshot(run, step), { savedAt });

beforeEach(() => {
  name++;
  store = open();
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  await store.close();
});

describe('saved runs', () => {
  it('come back as they were, also to another tab', async () => {
    await save('a', 12);
    const other = open();
    expect(await store.load('a')).toEqual(snapshot('a', 12));
    expect(await other.load('a')).toEqual(snapshot('a', 12));
    await other.close();
  });

  it('are listed newest first', async () => {
    await save('a', 1, 100);
    await save('b', 2, 300);
    await save('c', 3, 200);
    const { runs, aside } = await store.list();
    expect(runs.map(({ run }) => run)).toEqual(['b', 'c', 'a']);
    const { provenance } = snapshot('b', 2);
    expect(runs[0]).toEqual({
      ...{ run: 'b', name: 'Run b', config: { seed: 5 }, step: 2, finished: false, savedAt: 300 },
      ...{ pinned: false, provenance, latest: { step: 0, asr: 0 }, checkpoints: [2] },
    });
    expect(aside).toEqual([]);
  });

  it('keep their histories apart, and lose them only when purged', async () => {
    await save('a', 12);
    await save('a b', 3);
    await store.mark('a', { removedAt: 100 });
    expect(await store.purge(100)).toBe(1);
    await expect(store.load('a')).rejects.toThrow(RunNotFoundError);
    expect(await store.load('a b')).toEqual(snapshot('a b', 3));
    expect((await store.list()).runs.map(({ run }) => run)).toEqual(['a b']);
    // Nothing of the first life shows in the second.
    await save('a', 2);
    expect(await store.load('a')).toEqual(snapshot('a', 2));
  });

  it('are discarded at once where they are marked as removed, and only then', async () => {
    await save('a', 3);
    await save('b', 3);
    await store.mark('a', { removedAt: 100 });
    for (const run of ['a', 'b', 'c']) await store.discardRemoved(run);
    const { runs, aside } = await store.list();
    expect([runs.map(({ run }) => run), aside]).toEqual([['b'], []]);
    await save('a', 2);
    expect(await store.load('a')).toEqual(snapshot('a', 2));
    expect(await store.load('b')).toEqual(snapshot('b', 3));
  });

  it('write only what is new of the history', async () => {
    await save('a', 10);
    const put = vi.spyOn(IDBObjectStore.prototype, 'put');
    await save('a', 12);
    const keys = put.mock.calls.filter((_, i) => (put.mock.contexts[i] as IDBObjectStore).name === 'metrics');
    expect(keys.map(([, key]) => key)).toEqual([
      ['a', 10],
      ['a', 11],
    ]);
    expect(await store.load('a')).toEqual(snapshot('a', 12));
  });

  it('are never taken back', async () => {
    await save('a', 12);
    await expect(save('a', 11)).rejects.toThrow(RunConflictError);
    expect(await store.load('a')).toEqual(snapshot('a', 12));
  });

  it('are not saved with a history that is not theirs', async () => {
    await expect(store.save({ ...snapshot('a', 3), metrics: [] })).rejects.toThrow(/step 3.*metrics of 0/);
    expect((await store.list()).runs).toEqual([]);
  });

  it('that have diverged are not saved', async () => {
    await save('a', 1);
    const diverged = snapshot('a', 2);
    diverged.agents.feedback.parameters[3] = Infinity;
    await expect(store.save(diverged)).rejects.toThrow(AgentStateError);
    expect(await store.load('a')).toEqual(snapshot('a', 1));
  });
});

describe('a save that fails', () => {
  it.each(['heads', 'checkpoints', 'metrics', 'evaluations'])(
    'at %s leaves the one before it whole',
    async (failing) => {
      await save('a', 9);
      const put = realPut();
      vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value, key) {
        if (this.name === failing) throw new DOMException('no room', 'QuotaExceededError');
        return key === undefined ? put(this, value) : put(this, value, key);
      });
      await expect(save('a', 12)).rejects.toThrow(StoreFullError);
      vi.restoreAllMocks();
      expect(await store.load('a')).toEqual(snapshot('a', 9));
      expect((await store.list()).runs[0].step).toBe(9);
    },
  );

  it('because the browser aborted it leaves the one before it whole', async () => {
    await save('a', 9);
    const put = realPut();
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value, key) {
      const request = key === undefined ? put(this, value) : put(this, value, key);
      if (this.name === 'heads') this.transaction.abort();
      return request;
    });
    await expect(save('a', 12)).rejects.toThrow(/could not read or save/);
    vi.restoreAllMocks();
    expect(await store.load('a')).toEqual(snapshot('a', 9));
  });

  it('is never half seen by a reader beside it', async () => {
    await save('a', 9);
    const saving = save('a', 12);
    const seen = await Promise.all([store.load('a'), open().load('a')]);
    await saving;
    for (const run of seen) expect([snapshot('a', 9), snapshot('a', 12)]).toContainEqual(run);
  });
});

describe('a store that is deleted from outside', () => {
  it('takes the next save whole, and says that nothing was there', async () => {
    expect(await save('a', 9)).toBe(false);
    expect(await save('a', 10)).toBe(true);
    await deleteDB(`test ${name}`);
    expect(await save('a', 12)).toBe(false);
    expect(await store.load('a')).toEqual(snapshot('a', 12));
  });

  it.each([1, 3])(
    'in the middle of a save, %d times its connection with it, takes that save all the same',
    async (times) => {
      await save('a', 9);
      const put = realPut();
      let endings = 0;
      vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value, key) {
        const request = key === undefined ? put(this, value) : put(this, value, key);
        if (this.name === 'heads' && endings++ < times) {
          this.transaction.abort();
          forceCloseDatabase(this.transaction.db as never);
          indexedDB.deleteDatabase(`test ${name}`);
        }
        return request;
      });
      expect(await save('a', 12)).toBe(false);
      vi.restoreAllMocks();
      expect(endings).toBe(times + 1);
      expect(await store.load('a')).toEqual(snapshot('a', 12));
      expect(await save('a', 13)).toBe(true);
    },
  );
});

it('says once that a list could not be read to its end', async () => {
  await save('a', 9);
  vi.spyOn(IDBObjectStore.prototype, 'getAll').mockImplementation(function (this: IDBObjectStore) {
    const request = this.get('a');
    this.transaction.abort();
    return request as IDBRequest<unknown[]>;
  });
  await expect(store.list()).rejects.toThrow(StoreError);
});

describe('what another version left', () => {
  it('is listed apart, and refused by name', async () => {
    await save('a', 2);
    const newer = new RunStore({ ...format, configVersion: 4, oldestConfigVersion: 4 }, `test ${name}`);
    expect(await newer.list()).toEqual({
      ...{ runs: [], aside: [{ run: 'a', name: 'Run a', savedAt: 2, why: 'unreadable' }] },
    });
    await expect(newer.load('a')).rejects.toThrow(RunUnreadableError);
    await newer.close();
    expect(await store.load('a')).toEqual(snapshot('a', 2));
  });

  it('is refused where the history does not fit the checkpoint', async () => {
    await save('a', 2);
    const database = await openDB(`test ${name}`);
    await database.delete('metrics', ['a', 1]);
    database.close();
    await expect(store.load('a')).rejects.toThrow(RunUnreadableError);
  });

  it('cannot be opened when it is newer', async () => {
    (await openDB(`test ${name}`, 99)).close();
    await expect(store.list()).rejects.toThrow(/newer version.*Reload/);
  });

  it('lets a newer page go first, and says so from then on', async () => {
    await save('a', 2);
    (await openDB(`test ${name}`, 99)).close();
    await expect(store.list()).rejects.toThrow(StoreBlockedError);
  });
});

it('says what to do where a browser has no storage', async () => {
  vi.stubGlobal('indexedDB', undefined);
  await expect(store.list()).rejects.toThrow(StoreUnavailableError);
});
