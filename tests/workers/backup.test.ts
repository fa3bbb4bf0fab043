import { unzipSync } from 'fflate';
import { describe, expect, it, vi } from 'vitest';
import { MeasurementStore } from '../../src/lab/measure/measurement-store';
import { readOffer } from '../../src/lab/import/read';
import { parseResultLines } from '../../src/lab/reproduction/result-lines';
import { packZip } from '../../src/checkpoint/zip';
import { makeBackup, type BackupPorts } from '../../workers/backup/make';
import { PathsInUse } from '../../workers/backup/paths';
import type { BackupNews } from '../../workers/protocol/backup';
import { ownFolder } from '../checkpoint/guest-folder';
import { reproduced } from './queue';
import { config, openTab, Profile, type Tab } from './stage';

let count = 0;

/** A tab in whose browser two runs are kept, one of them unfinished, and a model. */
async function furnished(): Promise<Tab> {
  const tab = await openTab(new Profile());
  await tab.send({ kind: 'run.start', config });
  await tab.status('finished');
  await tab.send({ kind: 'runs.rename', run: tab.run, name: '../ <b>Ünï</b>' });
  const from = tab.events.length;
  await tab.send({ kind: 'run.start', config: { ...config, seed: 8 } });
  await tab.until((news) => news.kind === 'run.stepped' && news.metrics.step === 1, from);
  await tab.send({ kind: 'run.stop' });
  await tab.look('mine.zip', packZip(ownFolder()));
  await tab.ask('import.take', {});
  return tab;
}

function portsOf(tab: Tab, told: BackupNews[] = []): BackupPorts {
  const { store, guests, reproductions } = tab;
  const measurements = new MeasurementStore(`measurements ${count++}`);
  return { runs: store, guests, reproductions, measurements, tell: (news) => told.push(news) };
}

async function unpacked(archive: Blob): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  return unzipSync(new Uint8Array(await archive.arrayBuffer()));
}

describe('everything that is kept', () => {
  it('leaves as one zip whose files come in again', async () => {
    const tab = await furnished();
    const told: BackupNews[] = [];
    const text = { path: 'dialogues/1.json', text: '{}' };
    const made = await makeBackup([text], portsOf(tab, told), new Date('2026-11-29'));
    expect(made).toMatchObject({ name: 'waltz-2026-11-29.zip', unread: [] });
    expect(made.counts).toEqual({ runs: 2, models: 1, results: 0, measurements: 0, texts: 1 });
    expect(told.map(({ done, total }) => [done, total])).toEqual([0, 1, 2, 3].map((done) => [done, 4]));

    const files = await unpacked(made.archive);
    const runs = Object.keys(files).filter((path) => path.startsWith('runs/'));
    expect(runs.sort()).toEqual([
      'runs/b-Ünï-b-step-4.waltz',
      expect.stringMatching(/^runs\/tiny-seed-8-step-\d\.waltz$/),
    ]);
    for (const path of runs) {
      const offer = await readOffer([{ path, content: new Blob([files[path]]) }]);
      if (offer.kind !== 'run') throw new Error('It is no run.');
      expect(offer.run).toEqual(await tab.store.load(offer.run.run));
    }
    const folder = Object.keys(files).filter((path) => path.startsWith('models/mine/'));
    const offer = await readOffer(folder.map((path) => ({ path: path.slice(7), content: new Blob([files[path]]) })));
    const { guests } = await tab.guests.list();
    expect(offer.kind !== 'run' && offer.guests[0].guest).toEqual(await tab.guests.load(guests[0].id));
    expect(new TextDecoder().decode(files['dialogues/1.json'])).toBe('{}');
  });

  it('has the results of tables, as lines that come in again', async () => {
    const tab = await openTab();
    await reproduced(tab);
    const { counts, archive } = await makeBackup([], portsOf(tab));
    expect(counts.results).toBe(1);
    const lines = new TextDecoder().decode((await unpacked(archive))['results.jsonl']);
    expect(parseResultLines(lines)).toHaveLength((await tab.reproductions.all()).size);
  });

  it('that cannot be read is left out and named', async () => {
    const tab = await furnished();
    const load = tab.store.load.bind(tab.store);
    vi.spyOn(tab.store, 'load').mockImplementation(async (run) => {
      if (run === tab.run) throw new Error('It is damaged.');
      return await load(run);
    });
    const { counts, unread } = await makeBackup([], portsOf(tab));
    expect([counts.runs, counts.models, unread]).toEqual([1, 1, [{ name: 'tiny · seed 8', why: 'It is damaged.' }]]);
  });

  it('has to be something', async () => {
    await expect(makeBackup([], portsOf(await openTab()))).rejects.toThrow(/nothing to export/);
  });

  it('that is more than a zip can hold is refused', async () => {
    const tab = await furnished();
    const ports = { ...portsOf(tab), capacity: { bytes: 20_000, files: 100 } };
    await expect(makeBackup([], ports)).rejects.toThrow(/4 GiB.*one by one/s);
  });
});

it('names are paths that every system takes, none of them twice', () => {
  const paths = new PathsInUse('runs/');
  const names = ['a', 'A', 'a/../..', '…', '<img src=x>', 'x'.repeat(300)];
  expect(names.map((name) => paths.take(name, '.waltz').slice(5, 30))).toEqual([
    ...['a.waltz', 'A-2.waltz', 'a-3.waltz', 'unnamed.waltz', 'img-src-x.waltz', 'x'.repeat(25)],
  ]);
});
