import 'fake-indexeddb/auto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDB } from 'idb';
import { sourcesOf } from '../../src/checkpoint/byte-source';
import type { Guest } from '../../src/checkpoint/guest';
import { readGuest } from '../../src/checkpoint/guest-files';
import { GuestStore } from '../../src/checkpoint/guests';
import {
  GuestNotFoundError,
  GuestUnreadableError,
  StoreError,
  StoreFullError,
} from '../../src/checkpoint/store-errors';
import { packZip } from '../../src/checkpoint/zip';
import { smallConfig } from './fixtures';
import { ownFolder } from './guest-folder';
import { MemorySources } from './memory-sources';

let count = 0;
let store: GuestStore;
const origin = { task: { name: 'masquerade', level: 'tiny' }, role: 'conversation' };
const { guest: own } = await readGuest(sourcesOf(ownFolder()), 'own');
const guest = (name: string): Guest => ({ ...own, name });
const keep = async (name: string, addedAt = 1) => (await store.keep([{ guest: guest(name), origin }], addedAt))[0];

beforeEach(() => {
  store = new GuestStore(`guests ${++count}`);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await store.close();
});

describe('kept models', () => {
  it('come back as they were, also to another tab', async () => {
    const id = await keep('a');
    const other = new GuestStore(`guests ${count}`);
    expect(await other.load(id)).toEqual(guest('a'));
    await other.close();
  });

  it('keep words like __proto__', async () => {
    const tokenizer = JSON.parse(
      JSON.stringify(guest('a').tokenizer).replace('"dance":10', '"__proto__":10'),
    ) as Guest['tokenizer'];
    const [id] = await store.keep([{ guest: { ...guest('a'), tokenizer }, origin }]);
    const { model } = (await store.load(id)).tokenizer as { model: { vocab: object } };
    expect(Object.entries(model.vocab)).toContainEqual(['__proto__', 10]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('are listed newest first, without their weights', async () => {
    await keep('a', 1);
    const id = await keep('b', 2);
    const { guests, aside } = await store.list();
    expect(guests.map(({ name }) => name)).toEqual(['b', 'a']);
    const bytes = guest('b').parameters!.byteLength;
    expect(guests[0]).toEqual({
      id,
      name: 'b',
      config: smallConfig,
      bytes,
      engine: true,
      onnx: false,
      addedAt: 2,
      ...origin,
    });
    expect(aside).toEqual([]);
  });

  it('are renamed, and not to nothing', async () => {
    const id = await keep('a');
    await store.rename(id, ' b ');
    expect((await store.load(id)).name).toBe('b');
    await expect(store.rename(id, ' ')).rejects.toThrow(StoreError);
    await expect(store.rename(id, 'x'.repeat(121))).rejects.toThrow(/1 to 120/);
    await expect(store.rename('nobody', 'x')).rejects.toThrow(GuestNotFoundError);
  });

  it('are deleted, brought back, and gone once they are purged', async () => {
    const id = await keep('a');
    await store.remove(id, 100);
    expect(await store.list()).toEqual({ guests: [], aside: [{ id, name: 'a', why: 'removed' }] });
    await expect(store.load(id)).rejects.toThrow(GuestNotFoundError);
    await store.bringBack(id);
    expect(await store.load(id)).toEqual(guest('a'));
    await store.remove(id, 100);
    expect(await store.purge(99)).toBe(0);
    expect(await store.purge(100)).toBe(1);
    await expect(store.bringBack(id)).rejects.toThrow(GuestNotFoundError);
  });
});

describe('large models', () => {
  const zip = (name: string) => ({ path: `${name}.zip`, content: new Blob([packZip(ownFolder())]) });
  const large = (name: string) => ({ guest: guest(name), origin, source: () => ({ files: [zip(name)], at: 0 }) });
  let sources: MemorySources;
  let largeStore: GuestStore;

  beforeEach(() => {
    sources = new MemorySources();
    largeStore = new GuestStore(`guests ${count}`, sources, 0);
  });
  afterEach(() => largeStore.close());

  it('are kept by their files, and come back as they were, under their name', async () => {
    const [id] = await largeStore.keep([large('a')]);
    expect([...sources.blobs.values()].map(({ size }) => size)).toEqual([zip('a').content.size]);
    expect((await largeStore.list()).guests[0].bytes).toBe(zip('a').content.size);
    await largeStore.rename(id, 'b');
    expect(await largeStore.load(id)).toEqual(guest('b'));
    const database = await openDB(`guests ${count}`);
    expect(await database.count('guests')).toBe(0);
    database.close();
  });

  it.each<[string, (one: ReturnType<typeof large>) => Promise<string[]>]>([
    ['small ones', (one) => new GuestStore(`guests ${count}`, sources).keep([one])],
    ['those without files', ({ guest, origin }) => largeStore.keep([{ guest, origin }])],
    [
      'all where there is no place for files',
      (one) => {
        sources.isAvailable = false;
        return largeStore.keep([one]);
      },
    ],
  ])('are not: %s', async (_, keepIt) => {
    const [id] = await keepIt(large('a'));
    expect(sources.blobs.size).toBe(0);
    expect(await largeStore.load(id)).toEqual(guest('a'));
  });

  it('are not there where their record finds no room', async () => {
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('no room', 'QuotaExceededError');
    });
    await expect(largeStore.keep([large('a')])).rejects.toThrow(StoreFullError);
    vi.restoreAllMocks();
    expect(await largeStore.list()).toEqual({ guests: [], aside: [] });
    expect(await largeStore.blobs()).toEqual([]);
  });

  it('need their files until they are purged, and say so where one is gone', async () => {
    const [id] = await largeStore.keep([large('a')]);
    await largeStore.remove(id, 100);
    expect(await largeStore.blobs()).toEqual(['blob 0']);
    await largeStore.bringBack(id);
    sources.blobs.clear();
    await expect(largeStore.load(id)).rejects.toThrow(/"a" could not be opened: a file is gone/);
    await largeStore.remove(id, 100);
    expect(await largeStore.purge(100)).toBe(1);
    expect(sources.sweeps).toBe(1);
    expect(await largeStore.blobs()).toEqual([]);
  });
});

describe('when the browser refuses', () => {
  it('nothing of several is kept if one finds no room', async () => {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its store below
    const { put } = IDBObjectStore.prototype;
    let puts = 0;
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (this: IDBObjectStore, ...what) {
      if (++puts === 4) throw new DOMException('no room', 'QuotaExceededError');
      return put.apply(this, what);
    });
    const entries = ['a', 'b'].map((name) => ({ guest: guest(name), origin }));
    await expect(store.keep(entries)).rejects.toThrow(StoreFullError);
    vi.restoreAllMocks();
    expect(await store.list()).toEqual({ guests: [], aside: [] });
  });
});

describe('what is kept is checked again', () => {
  const spoil = async (where: 'heads' | 'guests', change: (value: Record<string, unknown>) => void) => {
    const id = await keep('a');
    const database = await openDB(`guests ${count}`);
    const value = (await database.get(where, id)) as Record<string, unknown>;
    change(value);
    await database.put(where, value, ...(where === 'guests' ? [id] : []));
    database.close();
    return id;
  };

  it.each<[string, (value: Record<string, unknown>) => void]>([
    ['a NaN', (value) => ((value.parameters as Float32Array)[5] = NaN)],
    ['too few parameters', (value) => (value.parameters = new Float32Array(3))],
    ['no weights', (value) => (value.parameters = null)],
    ['another config', (value) => (value.config = { ...smallConfig, num_hidden_layers: 9 })],
    ['an end beyond its words', (value) => (value.endTokens = [99])],
    ['a tokenizer without words', (value) => (value.tokenizer = {})],
  ])('%s', async (_, change) => {
    const id = await spoil('guests', change);
    await expect(store.load(id)).rejects.toThrow(GuestUnreadableError);
  });

  it('a head that is not one stands aside', async () => {
    const id = await spoil('heads', (value) => (value.config = { hidden_size: -1 }));
    expect(await store.list()).toEqual({ guests: [], aside: [{ id, name: 'a', why: 'unreadable' }] });
  });
});
