import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Backup as Made, BackupNews } from '../../workers/protocol/backup';
import { Backup } from '../../src/ui/state/backup.svelte';
import { Room } from '../../src/ui/state/room.svelte';
import { countsText } from '../../src/ui/runs/backup';

describe('the room that is taken', () => {
  const storage = { persisted: vi.fn(), persist: vi.fn(), estimate: vi.fn() };
  beforeEach(() => {
    vi.resetAllMocks();
    storage.estimate.mockResolvedValue({ usage: 300, quota: 1000 });
    storage.persisted.mockResolvedValue(false);
    storage.persist.mockImplementation(() => {
      storage.persisted.mockResolvedValue(true);
      return Promise.resolve(true);
    });
  });

  it('is what the browser says', async () => {
    const room = new Room(() => storage);
    await room.look();
    expect(room.figures).toEqual({ used: 300, free: 700, safe: false });
    expect(storage.persist).not.toHaveBeenCalled();
  });

  it('is made safe once, where it is not', async () => {
    const room = new Room(() => storage);
    await Promise.all([room.protect(), room.protect()]);
    expect(storage.persist).toHaveBeenCalledOnce();
    expect(room.figures?.safe).toBe(true);
    await new Room(() => storage).protect();
    expect(storage.persist).toHaveBeenCalledOnce();
  });

  it('stays unsafe where the browser does not agree, which is said to who asked', async () => {
    storage.persist.mockResolvedValue(false);
    const room = new Room(() => storage);
    await room.protect();
    expect([room.refused, room.figures?.safe]).toEqual([false, false]);
    await room.keepSafe();
    expect(room.refused).toBe(true);
  });

  it('is unknown where the browser says nothing', async () => {
    for (const port of [undefined, { ...storage, estimate: () => Promise.reject(new Error('forbidden')) }]) {
      const room = new Room(() => port);
      await room.look();
      await room.protect();
      expect(room.figures).toBeNull();
    }
  });
});

describe('everything as one file', () => {
  const counts = { runs: 1, models: 0, results: 0, measurements: 0, texts: 0 };
  const made: Made = { name: 'waltz.zip', archive: new Blob(['zip']), counts, unread: [] };
  let hear: (news: BackupNews) => void;
  let finish: { resolve: (made: Made) => void; reject: (error: Error) => void } | null;
  const close = vi.fn();
  const download = vi.fn();
  const saved: string[] = [];
  const begin = () =>
    new Backup({
      connect: (heard) => {
        hear = heard;
        return { ask: () => new Promise((resolve, reject) => (finish = { resolve: resolve, reject })), close };
      },
      save: () => Promise.resolve(void saved.push('saved')),
      texts: () => [],
      download,
    });

  beforeEach(() => {
    vi.resetAllMocks();
    finish = null;
  });

  it('is written by a worker that is ended after it, what is open saved first', async () => {
    const backup = begin();
    const done = backup.make();
    await vi.waitFor(() => expect(saved).toEqual(['saved']));
    hear({ name: 'a run', done: 0, total: 1 });
    expect([backup.writing, backup.progress?.name]).toEqual([true, 'a run']);
    finish!.resolve(made);
    await done;
    expect(download).toHaveBeenCalledWith('waltz.zip', made.archive);
    expect([backup.writing, backup.progress, backup.made?.counts.runs]).toEqual([false, null, 1]);
    expect(close).toHaveBeenCalledOnce();
  });

  it('says why it cannot be', async () => {
    const backup = begin();
    const done = backup.make();
    await vi.waitFor(() => finish!.reject(new Error('Too large.')));
    await done;
    expect([backup.problem, backup.writing, backup.made]).toEqual(['Too large.', false, null]);
  });

  it('is cancelled at once, and says nothing more', async () => {
    const backup = begin();
    const done = backup.make();
    await vi.waitFor(() => expect(finish).not.toBeNull());
    backup.cancel();
    expect([close.mock.calls.length, backup.writing]).toEqual([1, false]);
    finish!.reject(new Error('The worker was closed.'));
    await done;
    expect([backup.problem, close.mock.calls.length]).toEqual(['', 1]);
  });
});

it('what is in it is said in words', () => {
  const none = { runs: 0, models: 0, results: 0, measurements: 0, texts: 0 };
  expect(countsText(none)).toBe('nothing');
  expect(countsText({ ...none, runs: 1 })).toBe('1 run');
  expect(countsText({ runs: 2, models: 1, results: 1, measurements: 3, texts: 1 })).toBe(
    '2 runs, 1 model, the results of tables, 3 measurements and 1 dialogue',
  );
});
