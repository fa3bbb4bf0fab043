import type { AsideGuest, KeptGuest } from '../../checkpoint/guests';
import type { GuestsNews, KeptGuests } from '../../../workers/protocol/guests';
import type { Asks } from './commands.svelte';

/** The models that were taken in, as the page knows them, and what can be done to them. */
export class Guests {
  kept = $state.raw<readonly KeptGuest[]>([]);
  /** Deleted ones that can be brought back, and those that this version cannot read. */
  aside = $state.raw<readonly AsideGuest[]>([]);
  /** False until the store has told what is in it. */
  known = $state(false);
  /** The one that was deleted last, while the page offers to bring it back. */
  removed = $state.raw<Pick<KeptGuest, 'id' | 'name'> | null>(null);

  readonly #asks: Asks;

  constructor(asks: Asks) {
    this.#asks = asks;
  }

  hear({ guests, aside }: GuestsNews): void {
    this.#know({ guests, aside });
  }

  look(): void {
    if (!this.known) void this.lookAgain();
  }

  /** For what was kept elsewhere. */
  async lookAgain(): Promise<void> {
    const answered = await this.#asks.ask('guests.list', {}, 'The models could not be listed');
    if (answered) this.#know(answered.value);
  }

  async rename(guest: string, name: string): Promise<void> {
    await this.#asks.do('guests.rename', { guest, name }, 'The model was not renamed');
  }

  async remove({ id, name }: Pick<KeptGuest, 'id' | 'name'>): Promise<void> {
    const done = await this.#asks.do('guests.remove', { guest: id }, 'The model was not deleted');
    if (done) this.removed = { id, name };
  }

  async bringBack(id: string): Promise<void> {
    await this.#asks.do('guests.bring-back', { guest: id }, 'The model could not be brought back');
    if (this.removed?.id === id) this.removed = null;
  }

  #know({ guests, aside }: KeptGuests): void {
    this.kept = guests;
    this.aside = aside;
    this.known = true;
  }
}
