/** What a browser says of the room that this page has: estimates, in bytes. */
export interface RoomFigures {
  used: number;
  free: number;
  /** Whether the browser asks before it deletes anything of it. */
  safe: boolean;
}

/** The part of `StorageManager` that is used. */
export type StoragePort = Pick<StorageManager, 'estimate' | 'persist' | 'persisted'>;

/** The room that this page's runs and models take in the browser, and whether they are safe there. */
export class Room {
  /** Null until the browser has said, or where it does not. */
  figures = $state.raw<RoomFigures | null>(null);
  /** The visitor asked for safety, and the browser did not agree. */
  refused = $state(false);
  readonly #storage: () => StoragePort | undefined;
  #asked = false;

  /** A page that came over plain http is told of nothing. */
  constructor(storage: () => StoragePort | undefined = () => (isSecureContext ? navigator.storage : undefined)) {
    this.#storage = storage;
  }

  async look(): Promise<void> {
    const storage = this.#storage();
    if (!storage) return;
    try {
      const [{ usage = 0, quota = 0 }, safe] = await Promise.all([storage.estimate(), storage.persisted()]);
      this.figures = { used: usage, free: Math.max(0, quota - usage), safe };
    } catch {
      this.figures = null;
    }
  }

  /** There is something to lose: asks the browser, once, to delete nothing unasked. */
  async protect(): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    await this.#ask();
  }

  /** The visitor asks for it. */
  async keepSafe(): Promise<void> {
    this.refused = !(await this.#ask());
  }

  async #ask(): Promise<boolean> {
    const storage = this.#storage();
    try {
      return ((await storage?.persisted()) || (await storage?.persist())) ?? false;
    } catch {
      return false;
    } finally {
      await this.look();
    }
  }
}
