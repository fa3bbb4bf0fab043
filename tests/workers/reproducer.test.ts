import { openDB } from 'idb';
import { describe, expect, it, vi } from 'vitest';
import { StoreFullError } from '../../src/checkpoint/store-errors';
import { resultLines } from '../../src/lab/reproduction/result-lines';
import type { Result } from '../../src/lab/reproduction/result';
import type { Event, ReproductionOrder } from '../../workers/protocol';
import { config, openTab, Profile, Tab } from './stage';

const order: ReproductionOrder = { tables: ['table1'], preset: 'tiny', seeds: 2, prompts: 4 };
/** Base agents; then the two methods of Table 1 that train, with each seed. */
const SUBJECTS = 5;

type State = Extract<Event, { kind: 'reproduce.state' }>;

const state = (tab: Tab) => tab.of('reproduce.state').at(-1)!;
const phases = ({ subjects }: State) => subjects.map(({ phase }) => phase);
const done = (one: State) => phases(one).filter((phase) => phase === 'done').length;
const error = (tab: Tab) => tab.of('error').at(-1)?.error;

async function becomes(tab: Tab, wanted: (state: State) => boolean, from = 0): Promise<State> {
  return (await tab.until((event) => event.kind === 'reproduce.state' && wanted(event), from)) as State;
}

const finished = (tab: Tab, from = 0) => becomes(tab, (one) => one.status === 'none' && done(one) > 0, from);
const paused = (tab: Tab, from: number) => becomes(tab, ({ status }) => status === 'paused', from);

/** Figures of the rows, which must not depend on pauses. */
const figures = (tab: Tab) => tab.of('reproduce.results').at(-1)!.tables;

async function reproduced(tab: Tab): Promise<Tab> {
  await tab.send({ kind: 'reproduce.start', order });
  await finished(tab);
  return tab;
}

const straight = openTab().then(reproduced).then(figures);

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
    // Each row beside WaltzRL of each seed, on the same prompts: the five sets that count.
    expect(rows.map(({ paired }) => paired.map(({ seed }) => seed))).toEqual([...Array<number[]>(6).fill([1, 2]), []]);
    const [{ both, onlyA, onlyB, neither }] = rows[0].paired;
    expect(both + onlyA + onlyB + neither).toBe(5 * order.prompts);
    expect(tab.engine.loaded).toBe(0);
    expect(tab.of('error')).toEqual([]);
  });

  it('keeps its runs apart while they are under way, and among the saved ones at their end', async () => {
    const tab = await openTab();
    await tab.send({ kind: 'reproduce.start', order });
    await becomes(tab, ({ subjects }) => subjects[1].step === 3);
    expect((await tab.store.list()).runs).toEqual([]);
    expect((await tab.reproductions.checkpoints.list()).runs.map(({ step }) => step)).toEqual([2]);
    await finished(tab, tab.events.length);
    expect((await tab.reproductions.checkpoints.list()).runs).toEqual([]);
    const { saved } = tab.of('run.saved').at(-1)!;
    expect(saved.map(({ step, finished }) => ({ step, finished }))).toEqual(
      Array.from({ length: SUBJECTS - 1 }, () => ({ step: 4, finished: true })),
    );
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
      expect(tab.engine.loaded).toBe(0);
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

  it('trains a run again that was deleted, and measures it', async () => {
    const tab = await reproduced(await openTab());
    const { runs } = await tab.store.list();
    for (const { run } of runs) await tab.send({ kind: 'runs.remove', run });
    const from = tab.events.length;
    await tab.send({ kind: 'reproduce.start', order: { ...order, prompts: 5 } });
    await becomes(tab, (one) => one.status === 'none' && done(one) === SUBJECTS, from);
    expect(tab.of('error')).toEqual([]);
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

  it('goes on in a tab that is opened later, from the last checkpoint', async () => {
    const profile = new Profile();
    const first = await openTab(profile);
    await first.send({ kind: 'reproduce.start', order });
    await becomes(first, ({ subjects }) => subjects[1].step === 3);
    // The tab is gone without a word: its locks are free, and it writes nothing more.
    first.faults.generate = new Error('the tab is gone');
    const kept = { order, running: true };
    await first.until(({ kind }) => kind === 'error');
    await paused(first, first.events.length - 2);
    profile.locks.clear();
    await first.reproductions.keepQueue(kept);

    // Opening the GPU is enough; whoever looks at another order meanwhile sees the queue's.
    const second = await openTab(profile);
    await becomes(second, ({ status }) => status === 'running');
    await second.send({ kind: 'reproduce.open', order: { ...order, seeds: 1 } });
    expect(state(second).order).toEqual(order);
    expect(second.of('reproduce.state')[0].subjects[1].step).toBe(2);
    await finished(second);
    expect(figures(second)).toEqual(await straight);
    expect(second.of('error')).toEqual([]);
  });

  it('waits in a tab that is opened later where it was paused, or a run is in hand', async () => {
    const profile = new Profile();
    const first = await openTab(profile);
    await first.send({ kind: 'reproduce.start', order });
    await becomes(first, (one) => done(one) === 1);
    const from = first.events.length;
    await first.send({ kind: 'reproduce.pause' });
    await paused(first, from);
    profile.locks.clear();
    const second = await openTab(profile);
    expect(state(second)).toMatchObject({ status: 'paused', order });
    expect(done(state(second))).toBe(1);

    const third = await openTab();
    await third.send({ kind: 'run.start', config });
    await third.reproductions.keepQueue({ order, running: true });
    await third.send({ kind: 'device.open' });
    expect(state(third).status).toBe('paused');
    await third.send({ kind: 'reproduce.open', order });
    expect(state(third).status).toBe('paused');
    await third.status('finished');
  });

  it('is not heard of in a tab where there is none', async () => {
    const tab = await openTab();
    expect(tab.of('reproduce.state')).toEqual([]);
  });

  it('that cannot go on leaves the GPU open, and says so', async () => {
    const profile = new Profile();
    const tab = await reproduced(await openTab(profile));
    const more = { ...order, prompts: 5 };
    await tab.reproductions.keepQueue({ order: more, running: true });
    const second = new Tab(profile);
    second.faults.base = new Error('no connection');
    expect(await second.send({ kind: 'device.open' })).toMatchObject({ kind: 'ack' });
    expect(second.of('device.ready')).toHaveLength(1);
    expect(second.of('error')).toMatchObject([
      { id: null, of: 'reproduce.resume', error: { message: 'no connection' } },
    ]);
    delete second.faults.base;
    await second.send({ kind: 'reproduce.open', order });
    await becomes(second, (one) => one.status === 'none' && done(one) === SUBJECTS);
    expect(state(second).order).toEqual(more);
  });

  it('of another version is told of once, and forgotten', async () => {
    const profile = new Profile();
    const { reproductions } = await openTab(profile);
    await reproductions.keepQueue({ order: { ...order, tables: ['table99' as 'table1'] }, running: true });
    const tab = await openTab(profile);
    expect(tab.of('device.ready')).toHaveLength(1);
    expect(error(tab)).toMatchObject({ name: 'QueueUnreadableError' });
    expect(await tab.send({ kind: 'reproduce.open', order })).toMatchObject({ kind: 'ack' });
    expect(state(tab).status).toBe('none');
  });

  it('is left to the tab that has it', async () => {
    const profile = new Profile();
    const first = await openTab(profile);
    await first.send({ kind: 'reproduce.start', order });
    const second = await openTab(profile);
    await second.send({ kind: 'reproduce.open', order });
    expect(state(second)).toMatchObject({ status: 'elsewhere', order });
    expect(await second.send({ kind: 'reproduce.start', order })).toMatchObject({
      error: { name: 'QueueLockedError' },
    });
    await first.send({ kind: 'reproduce.cancel' });
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
      await save(kept);
    });
    await reproduced(tab);
    expect(saving).toHaveBeenCalled();
    expect(tab.of('error')).toEqual([]);
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

describe('results as a file', () => {
  const exported = async (tab: Tab) => {
    await tab.send({ kind: 'reproduce.export' });
    return tab.of('reproduce.exported').at(-1)!.text;
  };

  it('go out and come in elsewhere, where nothing is made again', async () => {
    const text = await exported(await reproduced(await openTab()));
    expect(text.trim().split('\n')).toHaveLength(SUBJECTS);
    const other = await openTab();
    await other.send({ kind: 'reproduce.open', order });
    expect(done(state(other))).toBe(0);
    await other.send({ kind: 'reproduce.import', text });
    expect(done(state(other))).toBe(SUBJECTS);
    expect(figures(other)).toEqual(await straight);
    const { results } = other.of('reproduce.kept').at(-1)!;
    expect(results.map(({ name }) => name)).toContain('base agents, tiny');
    expect(await exported(other)).toBe(text);
  });

  it('replace none that is better', async () => {
    const tab = await reproduced(await openTab());
    const text = await exported(tab);
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Result);
    const worse = lines.map((line, i) =>
      i === 0 ? { ...line, measured: { alone: line.measured.alone! } } : { ...line, base: 'others' },
    );
    await tab.send({ kind: 'reproduce.import', text: resultLines(worse) });
    expect(await exported(tab)).toBe(text);
    expect(done(state(tab))).toBe(SUBJECTS);
    // And give way to those that are.
    const other = await openTab();
    await other.send({ kind: 'reproduce.import', text: resultLines(worse) });
    await other.send({ kind: 'reproduce.import', text });
    expect(await exported(other)).toBe(text);
  });

  it('that come in while the queue is at work are its results too', async () => {
    const text = await exported(await reproduced(await openTab()));
    const last = `${text.trim().split('\n').at(-1)!}\n`;
    const tab = await openTab();
    await tab.send({ kind: 'reproduce.start', order });
    await becomes(tab, (one) => done(one) === 1);
    await tab.send({ kind: 'reproduce.import', text: last });
    const from = tab.events.length;
    await becomes(tab, ({ subjects }) => subjects[2].phase === 'training' && subjects[2].step === 3, from);
    await becomes(tab, (one) => one.status === 'none' && done(one) === SUBJECTS, from);
    expect(figures(tab)).toEqual(await straight);
    // What came in was not trained.
    expect((await tab.store.list()).runs).toHaveLength(SUBJECTS - 2);
  });

  it('are refused as a whole where a line is bad', async () => {
    const text = await exported(await reproduced(await openTab()));
    const other = await openTab();
    await other.send({ kind: 'reproduce.open', order });
    const bad = `${text}{"format":1}\n`;
    expect(await other.send({ kind: 'reproduce.import', text: bad })).toMatchObject({
      error: { name: 'ResultLinesError' },
    });
    expect((await other.reproductions.all()).size).toBe(0);
  });
});

describe('one GPU', () => {
  it('a run in hand is saved before a queue starts', async () => {
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
    expect(await tab.reproductions.queue()).toEqual({ order, running: false });
    expect(tab.engine.loaded).toBe(1);
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
    await tab.until(({ kind }) => kind === 'error');
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
