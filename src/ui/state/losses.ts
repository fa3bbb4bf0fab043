import { rememberHere, rememberedHere } from './remembered';

const KEY = 'waltz.losses';
/** Milliseconds for which a loss counts: browsers forgive it about as fast. */
const HOUR = 3_600_000;

/** The browser gives the GPU to no page any more. */
export class LostAgainError extends Error {
  override name = 'LostAgainError';

  constructor() {
    super(
      'The GPU went away more than once, and now the browser gives it to no page. Quit the browser with all its windows, start it again, then open this page.',
    );
  }
}

/**
 * When the GPU went away lately, before a reload too. Browsers that lose it again and again give it to no page any more, until
 * they are started anew.
 */
export class Losses {
  #times: readonly number[] = (rememberedHere(KEY) ?? '').split(' ').map(Number);

  add(now: number): void {
    this.#times = [...this.#times, now].filter((time) => now - time < HOUR);
    rememberHere(KEY, this.#times.join(' '));
  }

  /** Whether it went away more than once. */
  many(now: number): boolean {
    return this.#times.filter((time) => now - time < HOUR).length > 1;
  }
}
