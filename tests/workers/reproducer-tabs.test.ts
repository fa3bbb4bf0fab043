import { describe, expect, it } from 'vitest';
import { becomes, done, error, figures, finished, order, paused, reproduced, state, straight, SUBJECTS } from './queue';
import { config, openTab, Profile, Tab } from './stage';

describe('a queue', () => {
  it('goes on in a tab that is opened later, from the last checkpoint', async () => {
    const profile = new Profile();
    const first = await openTab(profile);
    await first.send({ kind: 'reproduce.start', order });
    await becomes(first, ({ subjects }) => subjects[1].step === 3);
    // The tab is gone without a word: its locks are free, and it writes nothing more.
    first.faults.generate = new Error('the tab is gone');
    const kept = { order, running: true, tries: 0 };
    await first.failure();
    await paused(first, first.events.length - 2);
    profile.locks.clear();
    await first.reproductions.keepQueue(kept);

    // Opening the GPU is enough; whoever looks at another order meanwhile sees the queue's.
    const second = await openTab(profile);
    await becomes(second, ({ status }) => status === 'running');
    await second.send({ kind: 'reproduce.open', order: { ...order, seeds: 1 } });
    expect(state(second).order).toEqual(order);
    expect(second.of('reproduce.state')[0].subjects[1].step).toBe(3);
    await finished(second);
    expect(figures(second)).toEqual(await straight);
    expect(second.errors).toEqual([]);
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
    await third.reproductions.keepQueue({ order, running: true, tries: 0 });
    await third.openDevice();
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
    await tab.reproductions.keepQueue({ order: more, running: true, tries: 0 });
    const second = new Tab(profile);
    second.faults.base = new Error('no connection');
    expect(await second.openDevice()).toMatchObject({ selfCheck: { passed: true } });
    expect(second.of('reproduce.failed')).toMatchObject([{ while: 'resuming', error: { message: 'no connection' } }]);
    delete second.faults.base;
    await second.send({ kind: 'reproduce.open', order });
    await becomes(second, (one) => one.status === 'none' && done(one) === SUBJECTS);
    expect(state(second).order).toEqual(more);
  });

  it('that ends its tab again and again waits, until it is resumed', async () => {
    const profile = new Profile();
    /** A tab in which it goes on by itself, and that is gone before it got any further. */
    const lost = async () => {
      const tab = new Tab(profile);
      tab.faults.generate = new Error('the tab is gone');
      await tab.openDevice();
      const begun = (await tab.reproductions.queue())!;
      await tab.failure();
      await paused(tab, tab.events.length - 2);
      profile.locks.clear();
      await tab.reproductions.keepQueue(begun);
      return begun;
    };
    const { reproductions } = await openTab(profile);
    await reproductions.keepQueue({ order, running: true, tries: 0 });
    expect([await lost(), await lost(), await lost()]).toMatchObject([{ tries: 1 }, { tries: 2 }, { tries: 3 }]);

    const tab = await openTab(profile);
    expect(error(tab)).toMatchObject({ name: 'QueueStuckError' });
    expect(state(tab)).toMatchObject({ status: 'paused', order });
    await tab.send({ kind: 'reproduce.resume' });
    await finished(tab);
    expect(figures(tab)).toEqual(await straight);
  });

  it('that gets further may be interrupted as often as it likes', async () => {
    const profile = new Profile();
    const { reproductions } = await openTab(profile);
    await reproductions.keepQueue({ order, running: true, tries: 2 });
    const tab = await openTab(profile);
    expect(await reproductions.queue()).toMatchObject({ running: true, tries: 3 });
    await becomes(tab, (one) => done(one) === 1);
    expect(await reproductions.queue()).toMatchObject({ running: true, tries: 0 });
    await finished(tab);
  });

  it('of another version is told of once, and forgotten', async () => {
    const profile = new Profile();
    const { reproductions } = await openTab(profile);
    await reproductions.keepQueue({ order: { ...order, tables: ['table99' as 'table1'] }, running: true, tries: 0 });
    const tab = await openTab(profile);
    expect(tab.of('runs.saved')).toHaveLength(1);
    expect(error(tab)).toMatchObject({ name: 'QueueUnreadableError' });
    expect(await tab.send({ kind: 'reproduce.open', order })).toMatchObject({ kind: 'answer' });
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
});
