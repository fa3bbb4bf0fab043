import { setNames } from '../../src/tasks/masquerade/sets';
import { openDB } from 'idb';
import { describe, expect, it, vi } from 'vitest';
import { StoreFullError } from '../../src/checkpoint/store-errors';
import {
  becomes,
  done,
  error,
  figures,
  finished,
  order,
  paused,
  phases,
  reproduced,
  state,
  straight,
  SUBJECTS,
  type State,
} from './queue';
import { config, openTab, Profile } from './stage';

describe('a queue', () => {
  it('works off all subjects in order and fills the rows as they come', async () => {
    const tab = await reproduced(await openTab());
    const states = tab.of('reproduce.state');
    expect(states[0]).toMatchObject({ order, status: 'paused' });
    expect(states[0].subjects.map(({ name }) => name)[0]).toBe('base agents, tiny');
    expect(states.map(done).filter((count, i, all) => count !== all[i - 1])).toEqual([0, 1, 2, 3, 4, SUBJECTS]);
    expect(new Set(states.flatMap(phases))).toEqual(new Set(['waiting', 'opening', 'training', 'measuring', 'done']));
    const filled = tab
      .of('reproduce.results')
      .map(({ tables }) => tables[0].rows.filter(({ summary }) => summary).length);
    expect(filled).toEqual(filled.toSorted((a, b) => a - b));
    const [{ rows }] = figures(tab);
    expect(rows.map(({ summary }) => summary?.seeds)).toEqual([[1], [1], [1, 2], [1, 2], [1], [1], [1, 2]]);
    expect(rows.at(-1)).toMatchObject({ label: 'WaltzRL', steps: 4, serving: 'advised' });
    expect(rows.at(-1)!.curves.map(({ seed, points }) => [seed, points.length])).toEqual([
      [1, 196],
      [2, 196],
    ]);
    // WaltzRL beside each other row, by seed, on the same prompts: the five sets that count.
    expect(rows.map(({ yardstick }) => yardstick)).toEqual([...Array<boolean>(6).fill(false), true]);
    const others = rows.slice(0, -1).map(({ label }) => label);
    const seedsOf = (row: (typeof rows)[number]) =>
      Object.entries(row.beside).map(([label, found]) => [label, found.map(({ seed }) => seed)]);
    expect(seedsOf(rows.at(-1)!)).toEqual(others.map((label) => [label, [1, 2]]));
    expect(seedsOf(rows[0]).slice(0, 2)).toEqual([
      [others[1], [1]],
      [others[2], [1, 2]],
    ]);
    const [{ both, onlyA, onlyB, neither }] = rows[0].beside.WaltzRL;
    expect(both + onlyA + onlyB + neither).toBe(5 * order.prompts);
    expect(tab.backend.loaded).toBe(0);
    expect(tab.errors).toEqual([]);
  });

  it('keeps its runs apart while they are under way, and among the saved ones at their end, to be forked where others can', async () => {
    const tab = await openTab();
    await tab.send({ kind: 'reproduce.start', order });
    await becomes(tab, ({ subjects }) => subjects[1].step === 3);
    expect((await tab.store.list()).runs).toEqual([]);
    expect((await tab.reproductions.checkpoints.list()).runs).toHaveLength(1);
    await finished(tab, tab.events.length);
    expect((await tab.reproductions.checkpoints.list()).runs).toEqual([]);
    const { saved } = tab.of('runs.saved').at(-1)!;
    expect(saved.map(({ step, finished, checkpoints }) => ({ step, finished, checkpoints }))).toEqual(
      Array.from({ length: SUBJECTS - 1 }, () => ({ step: 4, finished: true, checkpoints: [2, 3, 4] })),
    );
  });

  it('knows how long it will take once a run was trained here, before any queue', async () => {
    const tab = await openTab();
    await tab.send({ kind: 'run.start', config });
    await tab.status('finished');
    await tab.send({ kind: 'reproduce.open', order });
    const { subjects } = state(tab);
    expect(subjects.every(({ remaining }) => remaining! > 0)).toBe(true);
  });

  it('knows how long it will take once some of it was done on this adapter', async () => {
    const profile = new Profile();
    const tab = await openTab(profile);
    await tab.send({ kind: 'reproduce.open', order });
    expect(state(tab).subjects.map(({ remaining }) => remaining)).toEqual(Array(SUBJECTS).fill(null));
    await reproduced(tab);
    const again = await openTab(profile);
    await again.send({ kind: 'reproduce.open', order: { ...order, seeds: 3 } });
    const { subjects, memory } = state(again);
    expect(subjects.map(({ phase, remaining }) => (phase === 'done' ? remaining : remaining! > 0))).toEqual([
      ...Array<number>(SUBJECTS).fill(0),
      true,
      true,
    ]);
    expect(memory).toMatchObject({ bytes: expect.any(Number) as number });
  });

  for (const [where, when] of [
    ['training', ({ subjects }: State) => subjects.some(({ phase, step }) => phase === 'training' && step === 3)],
    ['measuring', ({ subjects }: State) => subjects.slice(1).some(({ phase }) => phase === 'measuring')],
  ] as const) {
    it(`paused while ${where}, and resumed, is the queue that never stopped`, async () => {
      const tab = await openTab();
      await tab.send({ kind: 'reproduce.start', order });
      await becomes(tab, when);
      const from = tab.events.length;
      await tab.send({ kind: 'reproduce.pause' });
      const stopped = await paused(tab, from);
      expect(done(stopped)).toBeLessThan(SUBJECTS);
      expect(tab.backend.loaded).toBe(0);
      await tab.send({ kind: 'reproduce.resume' });
      await finished(tab, tab.events.length - 1);
      expect(figures(tab)).toEqual(await straight);
    });
  }

  it('paused while measuring keeps what was measured before', async () => {
    const tab = await openTab();
    await tab.send({ kind: 'reproduce.start', order });
    await becomes(tab, ({ subjects }) => subjects[0].measuring?.serving === 'advised');
    const from = tab.events.length;
    await tab.send({ kind: 'reproduce.pause' });
    await paused(tab, from);
    const kept = await tab.reproductions.find('base-tiny');
    expect(Object.keys(kept!.measured)).toEqual(['alone', 'guarded']);
    expect(figures(tab)[0].rows.filter(({ summary }) => summary)).toHaveLength(2);
  });

  it('tells of each prompt that is measured once, and is at the end at the end', async () => {
    const tab = await reproduced(await openTab());
    const told = tab.of('reproduce.state').flatMap(({ subjects: [{ measuring }] }) => measuring ?? []);
    const alone = told.filter(({ serving }) => serving === 'alone').map(({ done }) => done);
    expect(alone).toEqual(alone.toSorted((a, b) => a - b));
    expect([alone[0], alone.at(-1)]).toEqual([0, 4 * setNames.length]);
    expect(alone).toContain((4 * setNames.length) / 2);
  });

  it('lets a run that it measures be named meanwhile', async () => {
    const tab = await openTab();
    await tab.send({ kind: 'reproduce.start', order });
    const { subjects } = await becomes(tab, (one) => one.subjects[1].phase === 'measuring');
    const { runs } = await tab.store.list();
    const { run } = runs.find((one) => one.run.startsWith(subjects[1].id))!;
    expect(await tab.send({ kind: 'runs.rename', run, name: 'Mine' })).toMatchObject({ kind: 'answer' });
    await finished(tab);
    expect((await tab.store.load(run)).name).toBe('Mine');
  });

  it('cancelled at its very end is done', async () => {
    const tab = await openTab();
    await tab.send({ kind: 'reproduce.start', order });
    await becomes(tab, ({ subjects }) => {
      const last = subjects.at(-1)!.measuring;
      return last?.serving === 'advised' && last.done === last.total;
    });
    expect(await tab.send({ kind: 'reproduce.cancel' })).toMatchObject({ kind: 'answer' });
    expect(await tab.reproductions.queue()).toBeNull();
  });

  it('trains a run again that was deleted, and measures it', async () => {
    const tab = await reproduced(await openTab());
    const { runs } = await tab.store.list();
    for (const { run } of runs) await tab.send({ kind: 'runs.remove', run });
    const from = tab.events.length;
    await tab.send({ kind: 'reproduce.start', order: { ...order, prompts: 5 } });
    await becomes(tab, (one) => one.status === 'none' && done(one) === SUBJECTS, from);
    expect(tab.errors).toEqual([]);
    const again = await tab.store.list();
    expect(again.runs.map(({ run }) => run).toSorted()).toEqual(runs.map(({ run }) => run).toSorted());
  });

  it('trains anew what began with other agents', async () => {
    const profile = new Profile();
    const first = await reproduced(await openTab(profile));
    const { runs } = await first.store.list();
    const second = await openTab(profile);
    second.base = 'others';
    await reproduced(second);
    expect((await second.store.list()).runs).toHaveLength(2 * runs.length);
    const results = [...(await second.reproductions.all()).values()];
    expect(new Set(results.map(({ base }) => base))).toEqual(new Set(['others']));
  });

  it('cancelled leaves its results, and no queue', async () => {
    const tab = await openTab();
    await tab.send({ kind: 'reproduce.start', order });
    await becomes(tab, (one) => done(one) === 2);
    await tab.send({ kind: 'reproduce.cancel' });
    const { status, subjects } = await becomes(tab, ({ status }) => status === 'none');
    expect({ status, done: subjects.filter(({ phase }) => phase === 'done').length }).toEqual({
      status: 'none',
      done: 2,
    });
    expect(await tab.reproductions.queue()).toBeNull();
    expect(await tab.reproductions.find('base-tiny')).not.toBeNull();
    expect(await tab.send({ kind: 'reproduce.resume' })).toMatchObject({ error: { name: 'NoQueueError' } });
  });

  it('cancelled leaves its runs to the next one, but none of other builds or agents', async () => {
    const profile = new Profile();
    const tab = await openTab(profile);
    await tab.send({ kind: 'reproduce.start', order });
    await becomes(tab, ({ subjects }) => subjects[1].step === 2);
    await tab.send({ kind: 'reproduce.cancel' });
    const { checkpoints } = tab.reproductions;
    const runs = async () => (await checkpoints.list()).runs.map(({ run }) => run);
    const [run] = await runs();
    await checkpoints.save({ ...(await checkpoints.load(run)), run: `${run}-0.0.1` });
    await tab.send({ kind: 'reproduce.open', order });
    expect(await runs()).toEqual([run]);
    expect(state(tab).subjects[1]).toMatchObject({ phase: 'waiting', step: 2 });
    const other = await openTab(profile);
    other.base = 'others';
    await other.send({ kind: 'reproduce.open', order: { ...order, preset: 'hard' } });
    expect(await runs()).toEqual([run]);
    await other.send({ kind: 'reproduce.open', order });
    expect(await runs()).toEqual([]);
  });

  it('finds room for its runs where what was deleted is', async () => {
    const tab = await openTab();
    await tab.send({ kind: 'run.start', config });
    await tab.status('finished');
    await tab.send({ kind: 'runs.remove', run: tab.run });
    const { checkpoints } = tab.reproductions;
    const save = checkpoints.save.bind(checkpoints);
    const saving = vi.spyOn(checkpoints, 'save').mockImplementation(async (kept) => {
      if ((await tab.store.list()).aside.length > 0) throw new StoreFullError('no room');
      return await save(kept);
    });
    await reproduced(tab);
    expect(saving).toHaveBeenCalled();
    expect(tab.errors).toEqual([]);
  });

  it('does again what is kept of other agents or cannot be read, and leaves the latter alone', async () => {
    const profile = new Profile();
    const tab = await reproduced(await openTab(profile));
    const other = { ...(await tab.reproductions.find('base-tiny'))!, base: 'others' };
    await tab.reproductions.keep('base-tiny', other);
    const database = await openDB(`${profile.name} reproductions`);
    await database.add('results', { id: 'base-tiny', result: { format: 2 } });
    const from = tab.events.length;
    await tab.send({ kind: 'reproduce.open', order });
    expect(phases(state(tab))[0]).toBe('waiting');
    await tab.send({ kind: 'reproduce.start', order });
    await becomes(tab, (one) => one.status === 'none' && done(one) === SUBJECTS, from);
    expect(figures(tab)).toEqual(await straight);
    const all = (await database.getAllFromIndex('results', 'id', 'base-tiny')) as { result: object }[];
    expect(all.map(({ result }) => result)).toEqual([{ format: 2 }, await tab.reproductions.find('base-tiny')]);
    database.close();
  });
});

describe('one GPU', () => {
  it('an open run is saved before a queue starts', async () => {
    const tab = await openTab();
    await tab.send({ kind: 'run.start', config: { ...config, stages: { one: 50, two: 50 } } });
    await tab.until(({ kind }) => kind === 'run.stepped');
    await tab.send({ kind: 'reproduce.start', order });
    const { runs } = await tab.store.list();
    expect(runs.find(({ run }) => run === tab.run)!.step).toBeGreaterThanOrEqual(1);
    await tab.until(({ kind }) => kind === 'reproduce.state');
    expect(tab.of('run.status').at(-1)?.status).toBe('idle');
    await finished(tab);
    expect(figures(tab)).toEqual(await straight);
  });

  it('a run that starts pauses the queue', async () => {
    const tab = await openTab();
    await tab.send({ kind: 'reproduce.start', order });
    await becomes(tab, (one) => done(one) === 1);
    await tab.send({ kind: 'run.start', config });
    await tab.status('finished');
    expect(state(tab).status).toBe('paused');
    expect(await tab.reproductions.queue()).toEqual({ order, running: false, tries: 0 });
    expect(tab.backend.loaded).toBe(1);
    const from = tab.events.length;
    await tab.send({ kind: 'reproduce.resume' });
    await finished(tab, from);
    expect(figures(tab)).toEqual(await straight);
  });
});

describe('what goes wrong', () => {
  it('is told, and the queue waits', async () => {
    const tab = await openTab();
    tab.faults.generate = new RangeError('broken');
    await tab.send({ kind: 'reproduce.start', order });
    await tab.failure();
    expect(error(tab)).toEqual({ name: 'RangeError', message: 'broken' });
    await becomes(tab, ({ status }) => status === 'paused', tab.events.length - 2);
    delete tab.faults.generate;
    await tab.send({ kind: 'reproduce.resume' });
    await finished(tab);
    expect(figures(tab)).toEqual(await straight);
  });

  it('an order of nothing is refused', async () => {
    const tab = await openTab();
    expect(await tab.send({ kind: 'reproduce.start', order: { ...order, tables: [] } })).toMatchObject({
      error: { name: 'OrderError' },
    });
    for (const kind of ['reproduce.pause', 'reproduce.resume', 'reproduce.cancel'] as const) {
      expect(await tab.send({ kind })).toMatchObject({ error: { name: 'NoQueueError' } });
    }
  });
});
