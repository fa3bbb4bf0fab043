import type { GuestSource, GuestSources, KeptSource, OfferedFile } from '../../src/checkpoint/guest-source';
import type { Guest } from '../../src/checkpoint/guest';
import { storeError } from '../../src/checkpoint/store-errors';
import type { Offer } from '../../src/lab/import/read';
import { readable } from '../../src/lab/import/readable';
import type { BlobStore } from './blob-store';

/** A file of a guest is not here any more. */
export class SourceGoneError extends Error {
  override name = 'SourceGoneError';

  constructor() {
    super('its files are no longer all here. Delete it, then import it again.');
  }
}

/** Files of large guests among the blobs. */
export class PrivateSources implements GuestSources {
  readonly #blobs: BlobStore;
  readonly #readOffer: (files: readonly OfferedFile[]) => Promise<Offer>;

  /** `readOffer` reads strangers' files where that can be ended. */
  constructor(blobs: BlobStore, readOffer: (files: readonly OfferedFile[]) => Promise<Offer>) {
    this.#blobs = blobs;
    this.#readOffer = readOffer;
  }

  available(): Promise<boolean> {
    return this.#blobs.available();
  }

  async keep<Result>(
    sources: readonly GuestSource[],
    commit: (kept: KeptSource[]) => Promise<Result>,
  ): Promise<Result> {
    try {
      return await this.#blobs.hold(async () => {
        const kept: KeptSource[] = [];
        for (const { files, at } of sources) kept.push({ files: await this.#put(files), at });
        return await commit(kept);
      });
    } catch (error) {
      await this.sweep();
      throw error;
    }
  }

  async #put(files: readonly OfferedFile[]): Promise<KeptSource['files']> {
    const kept: { path: string; blob: string; bytes: number }[] = [];
    for (const { path, content } of files) {
      kept.push({ path, blob: await this.#putOne(path, content), bytes: content.size });
    }
    return kept;
  }

  async #putOne(path: string, content: Blob): Promise<string> {
    try {
      return await this.#blobs.put(content);
    } catch (error) {
      // Reading fails for reasons of its own.
      await readable(path, () => content.slice(-1).arrayBuffer());
      throw storeError(error);
    }
  }

  async read({ files, at }: KeptSource): Promise<Guest> {
    const offered = await Promise.all(
      files.map(async ({ path, blob, bytes }) => {
        const content = await this.#blobs.get(blob);
        if (content?.size !== bytes) throw new SourceGoneError();
        return { path, content };
      }),
    );
    const offer = await this.#readOffer(offered);
    if (offer.kind === 'run' || !(at in offer.guests)) throw new SourceGoneError();
    return offer.guests[at].guest;
  }

  sweep(): Promise<void> {
    return this.#blobs.sweep();
  }
}
