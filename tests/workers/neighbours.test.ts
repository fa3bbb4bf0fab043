import { expect, it } from 'vitest';
import { packZip } from '../../src/checkpoint/zip';
import type { SavedRuns } from '../../workers/protocol/runs';
import type { TrainerNews } from '../../workers/protocol/trainer';
import { ownFolder } from '../checkpoint/guest-folder';
import { config, openTab, Profile, Tab } from './stage';

const long = { ...config, stages: { one: 0, two: 60 } };
/** The first list that a tab hears of in which this is so of its only run. */
const heard = (tab: Tab, so: (run: SavedRuns['saved'][number]) => boolean, from = 0) =>
  tab.until((news: TrainerNews) => news.kind === 'runs.saved' && news.saved.length === 1 && so(news.saved[0]), from);

it('a tab follows what another one trains, and knows that it is open there until it is let go of', async () => {
  const profile = new Profile();
  const [here, there] = [await openTab(profile), await openTab(profile)];
  await there.send({ kind: 'run.start', config: long });
  await heard(here, ({ elsewhere, step }) => elsewhere && step >= 1);
  await heard(here, ({ elsewhere, step }) => elsewhere && step >= 3);
  const from = here.events.length;
  await there.send({ kind: 'run.stop' });
  await heard(here, ({ elsewhere }) => !elsewhere, from);
  expect((await there.ask('runs.list', {})).saved[0].elsewhere).toBe(false);
  await here.send({ kind: 'run.restore', run: there.run });
  await heard(there, ({ elsewhere }) => elsewhere, from);
  expect([...here.errors, ...there.errors]).toEqual([]);
});

it('a tab that is gone without a word is missed', async () => {
  const profile = new Profile();
  const [here, there] = [await openTab(profile), await openTab(profile)];
  await there.send({ kind: 'run.start', config: long });
  await heard(here, ({ elsewhere, step }) => elsewhere && step >= 1);
  await there.send({ kind: 'run.pause' });
  await there.status('paused');
  const from = here.events.length;
  profile.locks.clear();
  await heard(here, ({ elsewhere }) => !elsewhere, from);
});

it('a tab hears of models that another one took in', async () => {
  const profile = new Profile();
  const [here, there] = [new Tab(profile), new Tab(profile)];
  await there.look('mine.zip', packZip(ownFolder()));
  await there.ask('import.take', {});
  await here.until((news) => news.kind === 'guests.kept' && news.guests[0]?.name === 'mine');
  expect(here.errors).toEqual([]);
});
