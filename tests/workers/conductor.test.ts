import { setNames } from '../../src/tasks/masquerade/sets';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { deleteDB } from 'idb';
import type { SavedRuns } from '../../workers/protocol/runs';
import type { TrainerNews } from '../../workers/protocol/trainer';
import { config, openTab, outcome, Profile, Tab } from './stage';

const TOTAL = config.stages.one + config.stages.two;
/** Kept after its first step and at its end alone. */
const unsaved = { ...config, stages: { one: 0, two: 9 }, checkpoint: { every_steps: 100, every_seconds: 600 } };
const stepped = (step: number) => (event: TrainerNews) => event.kind === 'run.stepped' && event.metrics.step === step;
const error = (tab: Tab) => tab.errors.at(-1);

async function trained(tab: Tab, asked = config): Promise<Tab> {
  await tab.send({ kind: 'run.start', config: asked });
  await tab.status('finished');
  return tab;
}

afterEach(() => vi.restoreAllMocks());

describe('before a run', () => {
  it('its memory is estimated, more for more games', async () => {
    const tab = await openTab();
    const few = await tab.ask('run.estimate', { config });
    const many = await tab.ask('run.estimate', { config: { ...config, rollout: { ...config.rollout, batch: 100 } } });
    expect('bytes' in few && 'bytes' in many && few.bytes < many.bytes).toBe(true);
    expect(tab.of('run.status')).toEqual([]);
  });

  it('what the adapter cannot hold is refused with what would fit', async () => {
    const tab = await openTab();
    tab.backend.largestBuffer = 2 ** 20;
    const large = { ...config, rollout: { ...config.rollout, batch: 100 } };
    expect(await tab.ask('run.estimate', { config: large })).toMatchObject({
      refusal: expect.stringContaining('micro_batch_tokens') as string,
    });
  });
});

describe('a run', () => {
  it('loads, trains, evaluates when due, saves and finishes', async () => {
    const tab = await trained(await openTab());
    const { name, step, metrics, exact } = tab.of('run.opened')[0];
    expect({ step, metrics, exact }).toEqual({ step: 0, metrics: [], exact: true });
    expect(tab.of('run.status').map(({ status }) => status)).toEqual(['loading', 'running', 'finished']);
    expect(tab.of('run.stepped').map(({ metrics }) => metrics.step)).toEqual([1, 2, 3, 4]);
    expect(tab.of('run.evaluated').map(({ evaluation }) => evaluation.step)).toEqual([0, 2, 4]);
    const [saved] = tab.of('runs.saved').at(-1)!.saved;
    expect(saved).toMatchObject({ run: tab.run, name, step: TOTAL, finished: true });
    expect((await outcome(tab)).evaluations).toEqual(tab.of('run.evaluated').map(({ evaluation }) => evaluation));
    expect(tab.errors).toEqual([]);
  });

  it('sends only the rollouts of its step, however long it has gone on', async () => {
    const tab = await trained(await openTab());
    for (const { rollouts } of tab.of('run.stepped')) expect(rollouts).toHaveLength(config.rollout.batch);
  });

  it('paused, stepped, resumed and paused again is the run that never stopped', async () => {
    const straight = await outcome(await trained(await openTab()));
    const tab = await openTab();
    await tab.send({ kind: 'run.start', config });
    await tab.send({ kind: 'run.pause' });
    await tab.status('paused');
    const made = tab.of('run.stepped').length;
    const from = tab.events.length;
    await tab.send({ kind: 'run.step' });
    await tab.status('paused', from);
    expect(tab.of('run.stepped')).toHaveLength(made + 1);
    await tab.send({ kind: 'run.resume' });
    await tab.until(stepped(made + 2));
    await tab.send({ kind: 'run.pause' });
    await tab.send({ kind: 'run.resume' });
    await tab.status('finished');
    expect(await outcome(tab)).toEqual(straight);
  });

  it('closed and opened in another tab is the run that never stopped', async () => {
    const straight = await outcome(await trained(await openTab()));
    const profile = new Profile();
    const first = await openTab(profile);
    await first.send({ kind: 'run.start', config });
    await first.until(stepped(2));
    await first.send({ kind: 'run.stop' });
    await first.status('idle');
    const { saved } = (await openTab(profile)).of('runs.saved')[0];
    expect(saved.map(({ run }) => run)).toEqual([first.run]);

    const second = await openTab(profile);
    await second.send({ kind: 'run.restore', run: first.run });
    const { metrics, step, exact } = second.of('run.opened')[0];
    expect({ exact, metrics: metrics.length }).toEqual({ exact: true, metrics: step });
    expect(second.of('run.status').at(-1)?.status).toBe('paused');
    await second.send({ kind: 'run.resume' });
    await second.status('finished');
    expect(await outcome(second)).toEqual(straight);
  });

  it('is opened to go on at once', async () => {
    const straight = await outcome(await trained(await openTab()));
    const profile = new Profile();
    const first = await openTab(profile);
    await first.send({ kind: 'run.start', config });
    await first.until(stepped(1));
    await first.send({ kind: 'run.stop' });
    const second = await openTab(profile);
    await second.ask('run.restore', { run: first.run, goOn: true });
    await second.status('finished');
    expect(second.of('run.status').map(({ status }) => status)).toEqual(['loading', 'running', 'finished']);
    expect(await outcome(second)).toEqual(straight);
  });

  it('goes on from its last checkpoint where a tab was closed without a word', async () => {
    // Step 3 is not saved yet: a checkpoint is written every two steps, at the end of stage 1 and in the middle of stage 2.
    const long = { ...config, stages: { one: 2, two: 4 } };
    const straight = await outcome(await trained(await openTab(), long));
    const profile = new Profile();
    const first = await openTab(profile);
    await first.send({ kind: 'run.start', config: long });
    await first.until(stepped(3));
    first.backend.lose('the tab is gone');
    await first.until(({ kind }) => kind === 'device.lost');
    const second = await openTab(profile);
    await second.send({ kind: 'run.restore', run: first.run });
    expect(second.of('run.opened')[0].step).toBe(2);
    await second.send({ kind: 'run.resume' });
    await second.status('finished');
    expect(await outcome(second)).toEqual(straight);
  });

  it('is there for another tab after its first step', async () => {
    const profile = new Profile();
    const first = await openTab(profile);
    await first.send({ kind: 'run.start', config: unsaved });
    await first.until(stepped(2));
    first.backend.lose('the tab is gone');
    await first.until(({ kind }) => kind === 'device.lost');
    const { saved } = await (await openTab(profile)).ask('runs.list', {});
    expect(saved.map(({ run, step }) => [run, step])).toEqual([[first.run, 1]]);
  });

  it('that made no step is not left behind', async () => {
    const tab = await openTab();
    await tab.send({ kind: 'run.start', config });
    await tab.until(({ kind }) => kind === 'run.evaluated');
    await tab.send({ kind: 'run.pause' });
    expect(await tab.status('paused')).toMatchObject({ step: 0 });
    await tab.send({ kind: 'run.keep' });
    await tab.send({ kind: 'run.stop' });
    expect((await tab.ask('runs.list', {})).saved).toEqual([]);
    expect(tab.errors).toEqual([]);
  });

  it('is saved as it stands when the page is about to go, and goes on', async () => {
    const straight = await outcome(await trained(await openTab(), unsaved));
    const tab = await openTab();
    await tab.send({ kind: 'run.start', config: unsaved });
    await tab.until(stepped(3));
    const from = tab.events.length;
    await tab.send({ kind: 'run.keep' });
    const { saved } = (await tab.until(({ kind }) => kind === 'runs.saved', from)) as SavedRuns;
    expect(saved[0].step).toBeGreaterThanOrEqual(3);
    expect(saved[0].finished).toBe(false);
    await tab.status('finished');
    expect(await outcome(tab)).toEqual(straight);
  });

  it('whose store is deleted under it says so, and is kept anew', async () => {
    const straight = await outcome(await trained(await openTab()));
    const profile = new Profile();
    const tab = await openTab(profile);
    await tab.send({ kind: 'run.start', config });
    await tab.until(stepped(2));
    await deleteDB(profile.name);
    await tab.status('finished');
    expect(tab.of('run.kept-anew')).toHaveLength(1);
    expect(await outcome(tab)).toEqual(straight);
    expect(tab.errors).toEqual([]);
  });

  it('is saved, and let go of, when another is started', async () => {
    const tab = await openTab();
    await tab.send({ kind: 'run.start', config });
    await tab.until(stepped(1));
    const first = tab.run;
    await tab.send({ kind: 'run.start', config: { ...config, seed: 8 } });
    await tab.status('finished');
    expect(tab.run).not.toBe(first);
    const { runs } = await tab.store.list();
    expect(runs.map(({ run }) => run).sort()).toEqual([first, tab.run].sort());
    expect(runs.find(({ run }) => run === first)!.step).toBeGreaterThanOrEqual(1);
    expect(tab.backend.loaded).toBe(1);
  });

  it('can be measured on request, which is kept beside it', async () => {
    const straight = await outcome(await trained(await openTab()));
    const tab = await openTab();
    await tab.send({ kind: 'run.start', config });
    await tab.send({ kind: 'run.evaluate', prompts: 3 });
    await tab.until(({ kind }) => kind === 'run.measured');
    await tab.status('finished');
    const [{ measured }] = tab.of('run.measured');
    expect(measured.evaluation.sets.plain.n).toBe(3);
    expect(measured.counted.plain).toMatch(/^[01]{3}$/);
    // Its curve comes with it: every pair of thresholds on the two flags.
    expect(measured.curve).toHaveLength(196);
    // The games are half of it.
    const whole = 2 * 3 * setNames.length;
    const told = tab.of('run.progress').flatMap(({ done, total }) => (total === whole ? [done] : []));
    expect(told).toContain(whole / 2);
    expect(told.at(-1)).toBe(whole);
    expect(await outcome(tab)).toEqual(straight);

    // At once, though the run was saved at its end already; and no more than once where the answer is the same.
    const from = tab.events.length;
    for (let i = 0; i < 2; i++) await tab.send({ kind: 'run.evaluate', prompts: 2 });
    await tab.until(({ kind }) => kind === 'runs.saved', from);
    await tab.send({ kind: 'run.evaluate', prompts: 2 });
    await tab.send({ kind: 'run.restore', run: tab.run });
    const kept = tab.of('run.opened').at(-1)!.measured;
    expect(kept.map(({ evaluation: { step, sets } }) => [step, sets.plain.n])).toEqual([
      [measured.evaluation.step, 3],
      [4, 2],
    ]);
    expect(kept[0]).toEqual(measured);
    expect(await outcome(tab)).toEqual(straight);
  });
});

describe('commands', () => {
  it('are refused by name where they make no sense', async () => {
    const closed = new Tab();
    await closed.send({ kind: 'run.start', config });
    expect(error(closed)?.name).toBe('DeviceClosedError');
    const tab = await openTab();
    for (const kind of ['run.pause', 'run.resume', 'run.step', 'run.export'] as const) {
      expect(await tab.send({ kind })).toMatchObject({ kind: 'error', error: { name: 'NoRunError' } });
    }
    expect(await tab.send({ kind: 'run.restore', run: 'x' })).toMatchObject({ error: { name: 'RunNotFoundError' } });
    const broken = { ...config, rollout: { ...config.rollout, batch: -1 } };
    expect(await tab.send({ kind: 'run.start', config: broken })).toMatchObject({ error: { name: 'ConfigError' } });
    expect(tab.of('run.status').at(-1)?.status).toBe('idle');
  });

  it('lead away from a run whose weights are no numbers any more, back to its last checkpoint', async () => {
    const tab = await openTab();
    await tab.send({ kind: 'run.start', config });
    await tab.until((event) => event.kind === 'run.stepped' && event.metrics.step === 3);
    tab.faults.weight = NaN;
    await tab.send({ kind: 'run.stop' });
    await tab.status(
      'idle',
      tab.events.findLastIndex(({ kind }) => kind === 'run.stepped'),
    );
    expect(error(tab)?.name).toBe('AgentStateError');
    delete tab.faults.weight;
    expect(await tab.send({ kind: 'run.restore', run: tab.run })).toMatchObject({ kind: 'answer' });
    expect(tab.of('run.opened').at(-1)!.step).toBe(2);
  });

  it('do not wait for an evaluation: a pause cuts it short', async () => {
    const tab = await openTab();
    await tab.send({ kind: 'run.start', config: { ...config, evaluation: { ...config.evaluation, prompts: 64 } } });
    await tab.until((event) => event.kind === 'run.progress' && event.phase === 'evaluation');
    await tab.send({ kind: 'run.pause' });
    await tab.status('paused');
    expect(tab.of('run.evaluated')).toEqual([]);
    await tab.send({ kind: 'run.resume' });
    await tab.until(({ kind }) => kind === 'run.evaluated');
    await tab.send({ kind: 'run.stop' });
  });

  it('start with base agents that do not load: nothing is open, and it can be tried again', async () => {
    const tab = await openTab();
    tab.faults.base = new Error('not there');
    expect(await tab.send({ kind: 'run.start', config })).toMatchObject({ error: { message: 'not there' } });
    expect(tab.of('run.status').at(-1)?.status).toBe('idle');
    delete tab.faults.base;
    await trained(tab);
  });
});

describe('archives', () => {
  async function exported(tab: Tab): Promise<Blob> {
    return (await tab.ask('run.export', {})).archive;
  }

  it('carry a run to another profile, where it goes on as it would have here', async () => {
    const straight = await outcome(await trained(await openTab()));
    const here = await openTab();
    await here.send({ kind: 'run.start', config });
    await here.until(stepped(1));
    const archive = await exported(here);
    const there = await openTab();
    await there.import(archive);
    expect(there.run).toBe(here.run);
    expect(there.of('runs.saved').at(-1)!.saved).toHaveLength(1);
    await there.send({ kind: 'run.resume' });
    await there.status('finished');
    expect(await outcome(there)).toEqual(straight);
  });

  it('stand beside the run that they were made of', async () => {
    const tab = await trained(await openTab());
    const first = tab.run;
    await tab.import(await exported(tab));
    expect(tab.run).not.toBe(first);
    expect((await tab.store.list()).runs).toHaveLength(2);
  });

  it('that are broken change nothing: the current run goes on', async () => {
    const straight = await outcome(await trained(await openTab()));
    const tab = await openTab();
    await tab.send({ kind: 'run.start', config });
    await expect(tab.look('run.waltz', 'nonsense')).rejects.toMatchObject({ name: 'NotAnArchiveError' });
    const taken = await tab.send({ kind: 'import.take' });
    expect(taken).toMatchObject({ kind: 'error', error: { name: 'NothingOfferedError' } });
    await tab.status('finished');
    expect(tab.of('run.opened')).toHaveLength(1);
    expect(await outcome(tab)).toEqual(straight);
  });

  it('of a stopped run come from the store', async () => {
    const tab = await trained(await openTab());
    await tab.send({ kind: 'run.stop' });
    const copy = await openTab();
    await copy.import(await exported(tab));
    expect(copy.of('run.status').at(-1)).toMatchObject({ status: 'finished', step: TOTAL });
  });
});

describe('when something breaks', () => {
  it('a step that fails ends the session; the last checkpoint is kept', async () => {
    const tab = await openTab();
    await tab.send({ kind: 'run.start', config });
    await tab.until((event) => event.kind === 'run.evaluated' && event.evaluation.step === 2);
    tab.faults.generate = new Error('the GPU refused');
    await tab.status('idle');
    expect(tab.of('run.failed')).toMatchObject([{ error: { message: 'the GPU refused' } }]);
    delete tab.faults.generate;
    await tab.send({ kind: 'run.restore', run: tab.run });
    await tab.send({ kind: 'run.resume' });
    await tab.status('finished');
    expect(await outcome(tab)).toEqual(await outcome(await trained(await openTab())));
  });

  it('a lost device is told with the step that is safe, and can be opened again', async () => {
    const tab = await openTab();
    await tab.send({ kind: 'run.start', config });
    await tab.until(stepped(2));
    tab.backend.lose('driver restarted');
    expect(await tab.until(({ kind }) => kind === 'device.lost')).toEqual({
      kind: 'device.lost',
      reason: 'driver restarted',
      step: 1,
    });
    expect(await tab.send({ kind: 'run.restore', run: tab.run })).toMatchObject({
      error: { name: 'DeviceClosedError' },
    });
    await tab.send({ kind: 'device.open' });
    await tab.send({ kind: 'run.restore', run: tab.run });
    await tab.send({ kind: 'run.resume' });
    await tab.status('finished');
    expect(tab.errors.map(({ name }) => name)).toEqual(['DeviceClosedError']);
  });

  it('a full store pauses the run, which can still be exported', async () => {
    const tab = await openTab();
    await tab.send({ kind: 'run.start', config });
    await tab.until(stepped(1));
    const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('no room', 'QuotaExceededError');
    });
    await tab.status('paused');
    expect(error(tab)?.name).toBe('StoreFullError');
    expect((await tab.ask('run.export', {})).archive.size).toBeGreaterThan(0);
    // Starting another would lose this one's steps: it is refused until there is room.
    expect(await tab.send({ kind: 'run.start', config })).toMatchObject({ error: { name: 'StoreFullError' } });
    put.mockRestore();
    await tab.send({ kind: 'run.resume' });
    await tab.status('finished');
  });

  it('two tabs never have the same run', async () => {
    const profile = new Profile();
    const first = await openTab(profile);
    await first.send({ kind: 'run.start', config });
    const second = await openTab(profile);
    for (const kind of ['run.restore', 'runs.remove', 'runs.bring-back'] as const) {
      expect(await second.send({ kind, run: first.run })).toMatchObject({ error: { name: 'RunLockedError' } });
    }
    await first.send({ kind: 'run.stop' });
    await first.status('idle');
    await second.send({ kind: 'run.restore', run: first.run });
    expect(second.run).toBe(first.run);
  });
});
