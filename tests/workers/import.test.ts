import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { StoreFullError } from '../../src/checkpoint/store-errors';
import { packZip } from '../../src/checkpoint/zip';
import { ownFolder } from '../checkpoint/guest-folder';
import { config, openTab, Profile, Tab } from './stage';

const zip = packZip(ownFolder());
const kept = (tab: Tab) => tab.of('guests.kept').at(-1)!;

async function taken(tab: Tab, path = 'mine.zip'): Promise<string> {
  await tab.look(path, zip);
  return (await tab.ask('import.take', {})).guests[0];
}

describe('a model from a file', () => {
  it('is described, with what the open GPU allows, and kept only when it is taken', async () => {
    const tab = await openTab();
    tab.backend.largestBuffer = 1024;
    const [model] = (await tab.look('mine.zip', zip)).models;
    expect(model).toMatchObject({ name: 'mine', own: null, memory: { tokens: 64 } });
    expect(model.memory).toHaveProperty('refusal');
    expect((await tab.ask('guests.list', {})).guests).toEqual([]);
    await tab.send({ kind: 'import.drop' });
    const answer = await tab.send({ kind: 'import.take' });
    expect(answer).toMatchObject({ kind: 'error', error: { name: 'NothingOfferedError' } });
  });

  it('needs no GPU, and outlives the page', async () => {
    const profile = new Profile();
    const id = await taken(new Tab(profile));
    const tab = new Tab(profile);
    const { guests } = await tab.ask('guests.list', {});
    expect(guests).toMatchObject([{ id, name: 'mine', task: null, role: null, engine: true }]);
    expect((await tab.guests.load(id)).endTokens).toEqual([6]);
  });

  it('is renamed, deleted and brought back', async () => {
    const tab = new Tab();
    const guest = await taken(tab);
    await tab.send({ kind: 'guests.rename', guest, name: 'Hers' });
    expect(kept(tab).guests[0].name).toBe('Hers');
    await tab.send({ kind: 'guests.remove', guest });
    expect(kept(tab)).toMatchObject({ guests: [], aside: [{ id: guest, why: 'removed' }] });
    await tab.send({ kind: 'guests.bring-back', guest });
    expect(kept(tab).guests[0].name).toBe('Hers');
  });

  it('takes the place of what was deleted where there is no room', async () => {
    const tab = new Tab();
    const old = await taken(tab);
    await tab.send({ kind: 'guests.remove', guest: old });
    const store = tab.guests;
    const keep = store.keep.bind(store);
    let full = true;
    vi.spyOn(store, 'keep').mockImplementation(async (guests) => {
      if (full) {
        full = false;
        throw new StoreFullError('full');
      }
      return await keep(guests);
    });
    await taken(tab, 'new.zip');
    expect(kept(tab)).toMatchObject({ guests: [{ name: 'new' }], aside: [] });
  });

  it('that was trained here is recognised', async () => {
    const tab = new Tab();
    await tab.look('tiny.waltz', readFileSync(new URL('../../public/agents/tiny.waltz', import.meta.url)));
    await tab.send({ kind: 'import.take' });
    const { task } = config;
    expect(kept(tab).guests.toSorted((a, b) => a.name.localeCompare(b.name))).toMatchObject([
      { name: 'tiny: conversation', task, role: 'conversation' },
      { name: 'tiny: feedback', task, role: 'feedback' },
    ]);
  });
});

describe('a file that cannot be taken in', () => {
  it.each([
    ['cut.zip', zip.subarray(0, 1000), 'NotAnArchiveError'],
    ['model.safetensors', new Uint8Array(9), 'AgentFilesError'],
    ['x.waltz', packZip({ 'manifest.json': new TextEncoder().encode('{}') }), 'NotAnArchiveError'],
  ])('%s leaves nothing behind, and nothing stops', async (path, bytes, name) => {
    const tab = await openTab();
    await tab.send({ kind: 'run.start', config });
    await expect(tab.look(path, new Uint8Array(bytes))).rejects.toMatchObject({ name });
    expect(await tab.ask('guests.list', {})).toEqual({ guests: [], aside: [] });
    await tab.status('finished');
    expect(tab.errors).toEqual([]);
    expect((await tab.store.list()).runs).toHaveLength(1);
  });
});
