import type { Guest } from '../../src/checkpoint/guest';
import type { GuestSource } from '../../src/checkpoint/guest-source';
import { guestFolder } from '../../src/lab/export/guest-folder';
import { recognise } from '../../src/lab/import/recognise';
import { withFreedSpace } from './with-freed-space';
import type { Neighbours } from './neighbours';
import type { Ports } from './ports';
import type { KeptGuests } from '../protocol/guests';
import { REMOVAL_GRACE } from '../protocol/removal-grace';

/** The models that were taken in, and what people do to them. */
export class Guests {
  readonly #store: Ports['guests'];
  readonly #emit: Ports['emit'];

  readonly #neighbours: Neighbours;

  constructor({ guests, emit, neighbours }: Pick<Ports, 'guests' | 'emit'> & { neighbours: Neighbours }) {
    this.#store = guests;
    this.#emit = emit;
    this.#neighbours = neighbours;
    neighbours.on('guests', () => this.#tellHere());
  }

  async list(): Promise<KeptGuests> {
    return await this.#store.list();
  }

  /** All or none; answers their ids. */
  async keep(guests: readonly NewGuest[]): Promise<string[]> {
    const ids = await keepGuests(this.#store, guests);
    await this.#tell();
    return ids;
  }

  async rename(guest: string, name: string): Promise<void> {
    await this.#store.rename(guest, name);
    await this.#tell();
  }

  /** Forgets what was deleted long enough ago. */
  async purge(): Promise<void> {
    await this.#store.purge(Date.now() - REMOVAL_GRACE);
  }

  async remove(guest: string): Promise<void> {
    await this.purge();
    await this.#store.remove(guest);
    await this.#tell();
  }

  async bringBack(guest: string): Promise<void> {
    await this.#store.bringBack(guest);
    await this.#tell();
  }

  async #tell(): Promise<void> {
    this.#neighbours.tell('guests');
    await this.#tellHere();
  }

  async #tellHere(): Promise<void> {
    this.#emit({ kind: 'guests.kept', ...(await this.list()) });
  }
}

/** A guest, and what it was read from; null where it was made here. */
export interface NewGuest {
  guest: Guest;
  source: GuestSource | null;
}

/** Keeps guests, all or none, and answers their ids; where there is no room, what was deleted gives way. */
export async function keepGuests(
  store: Pick<Ports['guests'], 'keep' | 'purge'>,
  guests: readonly NewGuest[],
): Promise<string[]> {
  const entries = guests.map(({ guest, source }) => {
    const { task, role } = recognise(guest) ?? { task: null, role: null };
    return { guest, origin: { task, role }, source: () => source ?? exported(guest) };
  });
  return await withFreedSpace(store, () => store.keep(entries));
}

/** The files that an export of it would be. */
function exported(guest: Guest): GuestSource {
  const files = Array.from(guestFolder(guest), ([path, content]) => {
    return { path: `model/${path}`, content: new Blob([content as Uint8Array<ArrayBuffer>]) };
  });
  return { files, at: 0 };
}
