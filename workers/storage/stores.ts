/** The models in this browser: those that were taken in, and those that were downloaded. Both keep files among the same blobs. */
import { GuestStore } from '../../src/checkpoint/guests';
import { ModelStore } from '../hub/store';
import { readOfferApart } from '../importing/reader';
import { BlobStore } from './blob-store';
import { PrivateSources } from './guest-sources';

export function openModelStores(): { guests: GuestStore; downloads: ModelStore } {
  const blobs = new BlobStore();
  const downloads = new ModelStore(blobs);
  const guests = new GuestStore('waltz-guests', new PrivateSources(blobs, (files) => readOfferApart(files)));
  blobs.neededBy(
    () => downloads.blobs(),
    () => guests.blobs(),
  );
  return { guests, downloads };
}
