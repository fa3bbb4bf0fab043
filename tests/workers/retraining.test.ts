import { expect, it } from 'vitest';
import { subjectName, subjectFrom, type Result } from '../../src/lab/reproduction/result';
import type { KeptRun } from '../../src/lab/run/run-format';
import type { ReproductionOrder } from '../../src/lab/reproduction/order';
import { state } from './queue';
import { openTab, type Tab } from './stage';

const order: ReproductionOrder = { tables: ['table1'], preset: 'tiny', seeds: 1, prompts: 4 };

async function reproduce(tab: Tab, wanted = order): Promise<void> {
  const from = tab.events.length;
  await tab.send({ kind: 'reproduce.start', order: wanted });
  await tab.until((event) => event.kind === 'reproduce.state' && event.status === 'none', from);
}

/** The result that is served in two ways, as if the second had not been measured; the first is marked by its empty curve. */
async function forgetGuarded(tab: Tab): Promise<string> {
  const [id, result] = await single(tab);
  const alone = { ...result.measured.alone!, curve: [] };
  await tab.reproductions.keep(id, { ...result, measured: { alone } });
  return id;
}

/** The saved run that a result is of. */
async function trainedAs(tab: Tab, id: string): Promise<string> {
  return (await tab.store.list()).runs.find(({ run }) => run.startsWith(id))!.run;
}

async function change(tab: Tab, run: string, to: (kept: KeptRun) => Partial<KeptRun>): Promise<void> {
  const kept = await tab.store.load(run);
  await tab.store.discard(run);
  await tab.store.save({ ...kept, ...to(kept) });
}

async function single(tab: Tab): Promise<[string, Result]> {
  const all = [...(await tab.reproductions.all())];
  return all.find(([, result]) => subjectName(subjectFrom(result)).includes('single'))!;
}

it('a run that is still there is measured further', async () => {
  const tab = await openTab();
  await reproduce(tab);
  await forgetGuarded(tab);
  await reproduce(tab);
  const [, { measured }] = await single(tab);
  expect(measured.guarded).toBeDefined();
  expect(measured.alone!.curve).toEqual([]);
});

it('a run that has to be trained again is measured again whole: two trainings are not mixed', async () => {
  const tab = await openTab();
  await reproduce(tab);
  const id = await forgetGuarded(tab);
  await tab.send({ kind: 'runs.remove', run: await trainedAs(tab, id) });
  await reproduce(tab);
  const [, { measured }] = await single(tab);
  expect(measured.guarded).toBeDefined();
  expect(measured.alone!.curve.length).toBeGreaterThan(0);
});

it('a run that has to be trained again is measured on as many prompts as it was', async () => {
  const tab = await openTab();
  await reproduce(tab);
  const id = await forgetGuarded(tab);
  await tab.send({ kind: 'runs.remove', run: await trainedAs(tab, id) });
  await reproduce(tab, { ...order, prompts: 2 });
  const [, { measured }] = await single(tab);
  expect(measured.guarded!.evaluation.sets.plain.n).toBe(2);
  expect(measured.alone!.evaluation.sets.plain.n).toBe(4);
  expect(measured.alone!.curve.length).toBeGreaterThan(0);
});

it('a run under the name of one of a table that is another experiment is not taken for it', async () => {
  const tab = await openTab();
  await reproduce(tab);
  const run = await trainedAs(tab, await forgetGuarded(tab));
  await change(tab, run, ({ config }) => ({ config: { ...config, stages: { one: 4, two: 0 } } }));
  await reproduce(tab);
  const [, { measured }] = await single(tab);
  expect(measured.alone!.curve.length).toBeGreaterThan(0);
});

it('a run that was paused within its last evaluation is kept with it in the end', async () => {
  const tab = await openTab();
  await reproduce(tab);
  const run = await trainedAs(tab, await forgetGuarded(tab));
  const { evaluations } = await tab.store.load(run);
  await change(tab, run, () => ({ evaluations: evaluations.slice(0, -1) }));
  await reproduce(tab);
  expect((await tab.store.load(run)).evaluations).toEqual(evaluations);
});

it('a run of a table that comes from a file is a run like any other', async () => {
  const tab = await openTab();
  await reproduce(tab);
  const [id] = await single(tab);
  const { archive } = await tab.ask('run.export', { run: await trainedAs(tab, id) });
  const other = await openTab();
  await other.import(archive);
  expect(other.run.startsWith(id)).toBe(false);
  await other.send({ kind: 'reproduce.open', order });
  expect(state(other).subjects.every(({ step }) => step === 0)).toBe(true);
});

it('a result names each adapter that trained or measured it', async () => {
  const tab = await openTab();
  await reproduce(tab);
  await forgetGuarded(tab);
  tab.faults.adapter = 'another';
  await reproduce(tab);
  const [, result] = await single(tab);
  expect(result.provenance.adapter).toBe('scripted, then another');
});
