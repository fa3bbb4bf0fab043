import type { GuestSource, GuestSources, KeptSource } from '../../src/checkpoint/guest-source';
import { readOffer } from '../../src/lab/import/read';

/** Files of guests in memory, by names in their order, and read as everywhere. */
export class MemorySources implements GuestSources {
  readonly blobs = new Map<string, Blob>();
  isAvailable = true;
  sweeps = 0;

  available(): Promise<boolean> {
    return Promise.resolve(this.isAvailable);
  }

  async keep<Result>(
    sources: readonly GuestSource[],
    commit: (kept: KeptSource[]) => Promise<Result>,
  ): Promise<Result> {
    const kept = sources.map(({ files, at }) => {
      const named = files.map(({ path, content }) => {
        const blob = `blob ${this.blobs.size}`;
        this.blobs.set(blob, content);
        return { path, blob, bytes: content.size };
      });
      return { files: named, at };
    });
    return await commit(kept);
  }

  async read({ files, at }: KeptSource) {
    const offered = files.map(({ path, blob }) => {
      const content = this.blobs.get(blob);
      if (!content) throw new Error('a file is gone');
      return { path, content };
    });
    const offer = await readOffer(offered);
    if (offer.kind === 'run') throw new Error('this is a run');
    return offer.guests[at].guest;
  }

  sweep(): Promise<void> {
    this.sweeps++;
    return Promise.resolve();
  }
}
