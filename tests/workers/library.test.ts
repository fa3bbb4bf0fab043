import { unzipSync } from 'fflate';
import { version } from '../../package.json';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { presets, runName } from '../../src/lab/config';
import { REMOVAL_GRACE } from '../../workers/protocol/removal-grace';
import type { TrainerNews } from '../../workers/protocol/trainer';
import type { SavedRuns } from '../../workers/protocol/runs';
import { config, openTab, outcome, Profile, type Tab } from './stage';

const stepped = (step: number) => (event: TrainerNews) => event.kind === 'run.stepped' && event.metrics.step === step;
const told = (tab: Tab): SavedRuns => tab.of('runs.saved').at(-1)!;
const saved = (tab: Tab, run: string) => told(tab).saved.find((each) => each.run === run)!;

async function trained(tab: Tab, asked = config): Promise<Tab> {
  await tab.send({ kind: 'run.start', config: asked });
  await tab.status('finished');
  return tab;
}

/** A run that was trained and let go of. */
async function kept(tab: Tab): Promise<string> {
  await trained(tab);
  await tab.send({ kind: 'run.stop' });
  return tab.run;
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('a saved run', () => {
  it('is listed with what computed it, its last evaluation and its checkpoints', async () => {
    const tab = await trained(await openTab());
    const { step, asr, orr, f1 } = tab.of('run.evaluated').at(-1)!.evaluation;
    expect(saved(tab, tab.run)).toMatchObject({
      ...{ pinned: false, adapter: 'scripted', build: version, latest: { step, asr, orr, f1 } },
      // The end of stage 1, the middle of stage 2, the last.
      checkpoints: [2, 3, 4],
    });
  });

  it('is renamed and pinned, while open as well, and keeps that when it is saved again', async () => {
    const tab = await openTab();
    await tab.send({ kind: 'run.start', config });
    await tab.until(stepped(2));
    await tab.send({ kind: 'runs.rename', run: tab.run, name: '  My first ' });
    await tab.send({ kind: 'runs.pin', run: tab.run, on: true });
    await tab.status('finished');
    expect(saved(tab, tab.run)).toMatchObject({ name: 'My first', pinned: true, step: 4 });
    const exported = await tab.ask('run.export', {});
    expect(exported.name).toBe('My-first-step-4.waltz');
    expect(exported.snippets.map(({ code }) => code).join()).toContain('My-first-step-4.waltz');
    await tab.send({ kind: 'runs.pin', run: tab.run, on: false });
    expect(saved(tab, tab.run).pinned).toBe(false);
  });

  it('is not renamed to nothing', async () => {
    const tab = await openTab();
    const run = await kept(tab);
    for (const name of ['  ', 'x'.repeat(121)]) {
      expect(await tab.send({ kind: 'runs.rename', run, name })).toMatchObject({ error: { name: 'RunNameError' } });
    }
    expect(saved(tab, run).name).toBe(runName(config));
  });

  it('is exported without being open', async () => {
    const tab = await openTab();
    const run = await kept(tab);
    await trained(tab, { ...config, seed: 8 });
    const { archive } = await tab.ask('run.export', { run });
    const there = await openTab();
    await there.import(archive);
    expect(there.run).toBe(run);
  });

  it.each([
    ['hf', 'model.safetensors', ['Python, transformers']],
    [
      'onnx',
      'onnx/model_fp16.onnx',
      ['JavaScript, transformers.js', 'JavaScript, ONNX Runtime', 'Python, ONNX Runtime'],
    ],
  ] as const)('gives its agents for other tools, and says how they load (%s)', async (format, weights, titles) => {
    const tab = await openTab();
    const run = await kept(tab);
    const exported = await tab.ask('run.export', { run, format });
    const { name, archive, snippets } = exported;
    expect(exported.format).toBe(format);
    expect(name).toMatch(new RegExp(`-step-4-${format}\\.zip$`));
    expect(snippets.map(({ title }) => title)).toEqual(titles);
    const files = Object.keys(unzipSync(new Uint8Array(await archive.arrayBuffer())));
    for (const agent of ['conversation', 'feedback']) {
      for (const file of ['README.md', 'config.json', 'tokenizer.json', weights]) {
        expect(files).toContain(`${agent}/${file}`);
      }
    }
  });

  it('gives its history when asked', async () => {
    const tab = await openTab();
    const run = await kept(tab);
    const history = await tab.ask('runs.read', { run });
    const { metrics, evaluations } = await outcome(tab);
    expect(history.metrics.map((step) => ({ ...step, time: null }))).toEqual(metrics);
    expect(history.evaluations).toEqual(evaluations);
    expect(await tab.send({ kind: 'runs.read', run: 'x' })).toMatchObject({ error: { name: 'RunNotFoundError' } });
  });

  it('that another tab has open is left alone, but can be read and forked', async () => {
    const profile = new Profile();
    const first = await openTab(profile);
    await first.send({ kind: 'run.start', config });
    await first.status('finished');
    const { run } = first;
    const second = await openTab(profile);
    for (const command of [
      { kind: 'runs.rename', run, name: 'x' },
      { kind: 'runs.pin', run, on: true },
      { kind: 'runs.remove', run },
      { kind: 'runs.bring-back', run },
    ] as const) {
      expect(await second.send(command)).toMatchObject({ error: { name: 'RunLockedError' } });
    }
    expect(await second.send({ kind: 'runs.read', run })).toMatchObject({ kind: 'answer' });
    expect(await second.send({ kind: 'runs.fork', run, step: 4, stages: config.stages })).toMatchObject({
      kind: 'answer',
    });
  });
});

describe('a deleted run', () => {
  it('stands aside, cannot be opened, and comes back whole', async () => {
    const tab = await openTab();
    const run = await kept(tab);
    const before = await outcome(tab);
    await tab.send({ kind: 'runs.remove', run });
    expect(told(tab)).toMatchObject({ saved: [], aside: [{ run, why: 'removed' }] });
    expect(await tab.send({ kind: 'run.restore', run })).toMatchObject({ error: { name: 'RunNotFoundError' } });
    await tab.send({ kind: 'runs.bring-back', run });
    expect(told(tab).aside).toEqual([]);
    expect(await outcome(tab)).toEqual(before);
  });

  it('that was open is saved first, and let go of', async () => {
    const tab = await openTab();
    await tab.send({ kind: 'run.start', config });
    await tab.until(stepped(1));
    const { run } = tab;
    await tab.send({ kind: 'runs.remove', run });
    expect(told(tab).saved).toEqual([]);
    expect(tab.of('run.status').at(-1)!.status).toBe('idle');
    expect(tab.backend.loaded).toBe(0);
    await tab.send({ kind: 'runs.bring-back', run });
    expect(saved(tab, run).step).toBe(tab.of('run.stepped').length);
  });

  it('is gone once the page is opened later than the grace', async () => {
    const profile = new Profile();
    const tab = await openTab(profile);
    const run = await kept(tab);
    await tab.send({ kind: 'runs.remove', run });
    const soon = await openTab(profile);
    expect(soon.of('runs.saved')[0].aside).toHaveLength(1);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + REMOVAL_GRACE + 1);
    const later = await openTab(profile);
    expect(later.of('runs.saved')[0]).toMatchObject({ saved: [], aside: [] });
    expect(await later.send({ kind: 'runs.bring-back', run })).toMatchObject({ error: { name: 'RunNotFoundError' } });
  });

  it('gives way to a run that finds no room', async () => {
    const tab = await openTab();
    const run = await kept(tab);
    await tab.send({ kind: 'runs.remove', run });
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its store below
    const { put } = IDBObjectStore.prototype;
    let full = true;
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, value, key) {
      if (full && this.name === 'checkpoints') {
        full = false;
        throw new DOMException('no room', 'QuotaExceededError');
      }
      return key === undefined ? put.call(this, value) : put.call(this, value, key);
    });
    const from = tab.events.length;
    await tab.send({ kind: 'run.start', config: { ...config, seed: 8 } });
    await tab.status('finished', from);
    expect(tab.errors).toEqual([]);
    expect(told(tab)).toMatchObject({ saved: [{ step: 4 }], aside: [] });
  });
});

describe('a fork', () => {
  const fork = (tab: Tab) => told(tab).saved.find(({ name }) => name.includes('from step'))!;

  it('goes on from a kept checkpoint as the run itself did, bit for bit', async () => {
    const tab = await openTab();
    const run = await kept(tab);
    const straight = await outcome(tab);
    await tab.send({ kind: 'runs.fork', run, step: 2, stages: config.stages });
    expect(fork(tab)).toMatchObject({
      ...{ name: `${runName(config)} · from step 2`, step: 2, finished: false, pinned: false, checkpoints: [2] },
    });
    await tab.send({ kind: 'run.restore', run: fork(tab).run });
    expect(tab.of('run.opened').at(-1)).toMatchObject({ step: 2, exact: true });
    expect(tab.of('run.status').at(-1)!.status).toBe('paused');
    const from = tab.events.length;
    await tab.send({ kind: 'run.resume' });
    await tab.status('finished', from);
    expect(tab.run).not.toBe(run);
    expect(await outcome(tab)).toEqual(straight);
  });

  it('may have stages of another length, where nothing behind it would have been another', async () => {
    const tab = await openTab();
    const run = await kept(tab);
    await tab.send({ kind: 'runs.rename', run, name: 'Mine' });
    await tab.send({ kind: 'runs.fork', run, step: 4, stages: { one: 2, two: 5 } });
    expect(fork(tab)).toMatchObject({ name: 'Mine · from step 4', step: 4, finished: false });
    expect(fork(tab).config.stages).toEqual({ one: 2, two: 5 });
    for (const stages of [
      { one: 3, two: 5 },
      { one: 2, two: 1 },
    ]) {
      const refused = await tab.send({ kind: 'runs.fork', run, step: 4, stages });
      expect(refused).toMatchObject({ error: { name: 'ConfigError' } });
    }
    expect(told(tab).saved).toHaveLength(2);
  });

  it('is refused at a step that is not kept', async () => {
    const tab = await openTab();
    const run = await kept(tab);
    const refused = await tab.send({ kind: 'runs.fork', run, step: 1, stages: presets.tiny.stages });
    expect(refused).toMatchObject({ error: { name: 'RunNotFoundError' } });
  });
});
