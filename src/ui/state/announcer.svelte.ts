/** At most one message to a screen reader in this time; of several, the latest is said. */
const quiet = 5000;

/** What the polite live region says. */
export class Announcer {
  message = $state('');
  #next: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #saidAt = -Infinity;

  say(message: string): void {
    if (message === this.message && this.#next === null) return;
    const wait = this.#saidAt + quiet - performance.now();
    if (wait <= 0) {
      this.#speak(message);
      return;
    }
    this.#next = message;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#next !== null) this.#speak(this.#next);
    }, wait);
  }

  #speak(message: string): void {
    this.#next = null;
    this.#saidAt = performance.now();
    this.message = message;
  }
}
