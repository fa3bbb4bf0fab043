import { say } from './output';

/** The first Ctrl-C asks the job to save and end; a second one ends the process at once. */
export class Interruption {
  #asked = false;
  readonly #onSignal = (): void => {
    if (this.#asked) process.exit(130);
    this.#asked = true;
    say('Finishing this step and saving. Press Ctrl-C again to quit without.');
  };

  constructor() {
    process.on('SIGINT', this.#onSignal);
    process.on('SIGTERM', this.#onSignal);
  }

  get asked(): boolean {
    return this.#asked;
  }

  /** Gives the signals back. */
  end(): void {
    process.off('SIGINT', this.#onSignal);
    process.off('SIGTERM', this.#onSignal);
  }
}
