import { say } from './output';

/** The first Ctrl-C asks the job to save and end; a second one ends the process at once. */
export class Interruption {
  #asked = false;
  #signalled = false;
  readonly #listeners: (() => void)[] = [];
  readonly #onSignal = (): void => {
    if (this.#signalled) process.exit(130);
    this.#signalled = true;
    this.ask();
  };

  constructor() {
    process.on('SIGINT', this.#onSignal);
    process.on('SIGTERM', this.#onSignal);
  }

  get asked(): boolean {
    return this.#asked;
  }

  /** What a signal asks for. */
  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    say('Finishing this step and saving. Press Ctrl-C again to quit without.');
    for (const listener of this.#listeners) listener();
  }

  onAsked(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Gives the signals back. */
  end(): void {
    process.off('SIGINT', this.#onSignal);
    process.off('SIGTERM', this.#onSignal);
  }
}
