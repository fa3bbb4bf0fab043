import { expect, it } from 'vitest';
import { subjectName, subjectFrom, type Result } from '../../src/lab/reproduction/result';
import type { ReproductionOrder } from '../../workers/protocol';
import { openTab, type Tab } from './stage';

const order: ReproductionOrder = { tables: ['table1'], preset: 'tiny', seeds: 1, prompts: 4 };

async function reproduce(tab: Tab): Promise<void> {
  const from = tab.events.length;
  await tab.send({ kind: 'reproduce.start', order });
  await tab.until((event) => event.kind === 'reproduce.state' && event.status === 'none', from);
}

/** The result that is served in two ways, as if the second had not been measured; the first is marked by its empty curve. */
async function forgetGuarded(tab: Tab): Promise<string> {
  const [id, result] = await single(tab);
  const alone = { ...result.measured.alone!, curve: [] };
  await tab.reproductions.keep(id, { ...result, measured: { alone } });
  return id;
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
  for (const { run } of (await tab.store.list()).runs) {
    if (run.startsWith(id)) await tab.send({ kind: 'runs.remove', run });
  }
  await reproduce(tab);
  const [, { measured }] = await single(tab);
  expect(measured.guarded).toBeDefined();
  expect(measured.alone!.curve.length).toBeGreaterThan(0);
});
