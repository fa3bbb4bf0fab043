/** What crosses of the models that were taken in. None of it needs a GPU. */
import type { AsideGuest, KeptGuest } from '../../src/checkpoint/guests';

export interface KeptGuests {
  guests: KeptGuest[];
  aside: AsideGuest[];
}

export interface GuestsCalls {
  'guests.list': { asked: object; answer: KeptGuests };
  'guests.rename': { asked: { guest: string; name: string }; answer: null };
  /** Deletes a model. It can be brought back for `REMOVAL_GRACE` at least. */
  'guests.remove': { asked: { guest: string }; answer: null };
  'guests.bring-back': { asked: { guest: string }; answer: null };
}

/** After every change, here or in another tab. */
export type GuestsNews = { kind: 'guests.kept' } & KeptGuests;
