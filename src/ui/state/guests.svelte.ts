import type { AsideGuest, KeptGuest } from '../../checkpoint/guests';
import type { CommandBody, Event } from '../../../workers/protocol/trainer';

type GuestsCommand = Extract<CommandBody, { kind: `guests.${string}` }>;

/** The models that were taken in, as the page knows them, and what can be done to them. */
export class Guests {
  kept = $state.raw<readonly KeptGuest[]>([]);
  /** Deleted ones that can be brought back, and those that this version cannot read. */
  aside = $state.raw<readonly AsideGuest[]>([]);
  /** False until the store has told what is in it. */
  known = $state(false);
  /** The one that was deleted last, while the page offers to bring it back. */
  removed = $state.raw<Pick<KeptGuest, 'id' | 'name'> | null>(null);

  readonly #send: (command: GuestsCommand, failure: string) => Promise<boolean>;

  /** @param send resolves with whether it was done; a failure is told to the visitor under the title given. */
  constructor(send: (command: GuestsCommand, failure: string) => Promise<boolean>) {
    this.#send = send;
  }

  hear(event: Event): void {
    if (event.kind !== 'guests.kept') return;
    this.kept = event.guests;
    this.aside = event.aside;
    this.known = true;
  }

  look(): void {
    if (!this.known) this.lookAgain();
  }

  /** For what was kept elsewhere. */
  lookAgain(): void {
    void this.#send({ kind: 'guests.list' }, 'The models could not be listed');
  }

  async rename(guest: string, name: string): Promise<void> {
    await this.#send({ kind: 'guests.rename', guest, name }, 'The model was not renamed');
  }

  async remove({ id, name }: Pick<KeptGuest, 'id' | 'name'>): Promise<void> {
    if (await this.#send({ kind: 'guests.remove', guest: id }, 'The model was not deleted'))
      this.removed = { id, name };
  }

  async bringBack(id: string): Promise<void> {
    await this.#send({ kind: 'guests.bring-back', guest: id }, 'The model could not be brought back');
    if (this.removed?.id === id) this.removed = null;
  }
}
