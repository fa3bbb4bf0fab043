import 'fake-indexeddb/auto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDB } from 'idb';
import { KEPT_CHECKPOINTS, RunStore } from '../../src/checkpoint/store';
import { RunConflictError, RunNotFoundError, StoreError } from '../../src/checkpoint/store-errors';
import { format, snapshot, type Config, type Evaluation, type Measured, type Metrics } from './fixtures';

let name = 0;
let store: RunStore<Config, Metrics, Evaluation, Measured>;
const save = (run: string, step: number, milestone = false) =>
  store.save(snapshot(run, step), { savedAt: step, milestone });
const listed = async (run: string) => (await store.list()).runs.find((each) => each.run === run);

async function stored(): Promise<unknown[]> {
  const database = await openDB(`checkpoints ${name}`);
  const keys = await database.getAllKeys('checkpoints');
  database.close();
  return keys;
}

beforeEach(() => {
  name++;
  store = new RunStore(format, `checkpoints ${name}`);
});
afterEach(() => store.close());

describe('checkpoints', () => {
  it('of milestones outlive later saves, others do not', async () => {
    await save('a', 3);
    await save('a', 5, true);
    await save('a', 8);
    await save('a', 12);
    expect((await listed('a'))!.checkpoints).toEqual([5, 12]);
    expect(await stored()).toEqual([
      ['a', 5],
      ['a', 12],
    ]);
    expect(await store.load('a', 5)).toEqual(snapshot('a', 5));
    expect(await store.load('a')).toEqual(snapshot('a', 12));
    await expect(store.load('a', 8)).rejects.toThrow(RunNotFoundError);
  });

  it('stay milestones when they are saved once more', async () => {
    await save('a', 5, true);
    await save('a', 5);
    await save('a', 6);
    expect((await listed('a'))!.checkpoints).toEqual([5, 6]);
  });

  it('are at most three, the latest ones', async () => {
    for (let step = 1; step <= 6; step++) await save('a', step, true);
    await save('a', 7);
    expect((await listed('a'))!.checkpoints).toEqual([5, 6, 7]);
    expect(await stored()).toHaveLength(KEPT_CHECKPOINTS);
  });

  it('have the evaluation of their very step, though it came after them', async () => {
    const at10 = snapshot('a', 10);
    await store.save({ ...at10, evaluations: at10.evaluations.slice(0, 1) }, { milestone: true });
    await save('a', 12);
    expect(await store.load('a', 10)).toEqual(at10);
  });

  it('have what was measured until then, and are shown by it where it came after their evaluation', async () => {
    await save('a', 3, true);
    await save('a', 8);
    expect((await listed('a'))!.latest).toEqual({ step: 5, asr: 0.3 });
    await save('a', 12);
    expect((await listed('a'))!.latest).toEqual({ step: 10, asr: 0.1 });
    expect((await store.load('a', 3)).measured).toEqual([]);
    await expect(store.save({ ...snapshot('a', 12), measured: [] })).rejects.toThrow(RunConflictError);
  });
});

describe('marks', () => {
  it('are kept by a save, the name too', async () => {
    await save('a', 2);
    await store.mark('a', { name: 'Mine', pinned: true });
    await save('a', 3);
    expect(await listed('a')).toMatchObject({ name: 'Mine', pinned: true, step: 3 });
    expect((await store.load('a')).name).toBe('Mine');
  });

  it('take a run aside and bring it back whole', async () => {
    await save('a', 12);
    await store.mark('a', { removedAt: 50 });
    expect(await store.list()).toEqual({
      ...{ runs: [], aside: [{ run: 'a', name: 'Run a', savedAt: 12, why: 'removed' }] },
    });
    for (const reading of [store.load('a'), store.history('a')])
      await expect(reading).rejects.toThrow(RunNotFoundError);
    expect(await store.purge(49)).toBe(0);
    await store.mark('a', { removedAt: null });
    expect(await store.purge(1000)).toBe(0);
    expect(await store.load('a')).toEqual(snapshot('a', 12));
  });

  it('are not made on a run that is not there', async () => {
    await expect(store.mark('a', { pinned: true })).rejects.toThrow(RunNotFoundError);
  });

  it('let a purge forget everything of a run, every checkpoint too', async () => {
    await save('a', 5, true);
    await save('a', 6);
    await save('b', 1);
    await store.mark('a', { removedAt: 50 });
    expect(await store.purge(50)).toBe(1);
    expect(await stored()).toEqual([['b', 1]]);
    expect((await store.list()).aside).toEqual([]);
  });
});

it('a history is read without the agents', async () => {
  await save('a', 12);
  const { metrics, evaluations, measured } = snapshot('a', 12);
  expect(await store.history('a')).toEqual({ metrics, evaluations, measured });
});

/** Before version 3 nobody kept measurements. */
const early = (run: string, step: number) => ({ ...snapshot(run, step), measured: [] });

/** What an earlier version of the store left behind: runs a and b. */
async function leave(version: 1 | 2): Promise<void> {
  const old = await openDB(`checkpoints ${name}`, version, {
    upgrade(database) {
      database.createObjectStore('heads', { keyPath: 'run' });
      for (const each of ['checkpoints', 'metrics', 'evaluations']) database.createObjectStore(each);
    },
  });
  const { configVersion } = format;
  for (const [run, step] of [
    ['a', 12],
    ['b', 3],
  ] as const) {
    const { metrics, evaluations, measured: _none, ...checkpoint } = early(run, step);
    const { name: called, config, finished, provenance } = checkpoint;
    const counts = { metrics: metrics.length, evaluations: evaluations.length };
    const head = { run, name: called, config, configVersion, step, finished, savedAt: step, ...counts };
    const marks = { provenance, pinned: false, removedAt: null, milestones: [] };
    await old.put('heads', version === 1 ? head : { ...head, ...marks });
    await old.put('checkpoints', { ...checkpoint, configVersion }, version === 1 ? run : [run, step]);
    for (const [i, each] of metrics.entries()) await old.put('metrics', each, [run, i]);
    for (const [i, each] of evaluations.entries()) await old.put('evaluations', each, [run, i]);
  }
  old.close();
}

it.each([1, 2] as const)('a database of version %i becomes this one and loses nothing', async (version) => {
  await leave(version);
  expect((await store.list()).runs).toMatchObject([
    { run: 'a', name: 'Run a', step: 12, pinned: false, checkpoints: [12], latest: { step: 10 } },
    { run: 'b', checkpoints: [3], provenance: snapshot('b', 3).provenance },
  ]);
  expect(await store.load('a')).toEqual(early('a', 12));
  expect(await store.load('b')).toEqual(snapshot('b', 3));
  // And it goes on.
  await save('a', 12);
  expect(await store.load('a')).toEqual(snapshot('a', 12));
  await save('b', 4, true);
  expect(await store.load('b')).toEqual(snapshot('b', 4));
  expect(await stored()).toEqual([
    ['a', 12],
    ['b', 4],
  ]);
});

it('a database of version 1 that cannot become this one stays whole', async () => {
  await leave(1);
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its store below
  const { put } = IDBObjectStore.prototype;
  let puts = 0;
  const spy = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value, key) {
    // The second checkpoint: the first is over already.
    if (this.name === 'checkpoints' && ++puts === 2) throw new DOMException('no room', 'QuotaExceededError');
    return key === undefined ? put.call(this, value) : put.call(this, value, key);
  });
  await expect(store.list()).rejects.toThrow(StoreError);
  expect(puts).toBe(2);
  spy.mockRestore();
  expect(await store.load('a')).toEqual(early('a', 12));
  expect(await store.load('b')).toEqual(snapshot('b', 3));
});
