/** Milliseconds that a rate is taken over: long enough to be calm, short enough to follow. */
const WINDOW = 8000;
/** Milliseconds between two notes that are kept. */
const APART = 200;

/** How fast bytes come, by the last seconds alone: what was there before the download began did not come. */
export class TransferRate {
  #notes: { at: number; bytes: number }[] = [];

  /** `bytes` are all so far, at `now` in milliseconds. */
  note(bytes: number, now: number): void {
    const last = this.#notes.at(-1);
    // A part that was begun anew has fewer.
    if (last && bytes < last.bytes) this.#notes = [];
    else if (last && now - last.at < APART && this.#notes.length > 1) this.#notes.pop();
    this.#notes.push({ at: now, bytes });
    while (this.#notes.length > 2 && now - this.#notes[0].at > WINDOW) this.#notes.shift();
  }

  /** So many bytes were there already. */
  skip(bytes: number): void {
    for (const note of this.#notes) note.bytes += bytes;
  }

  /** Bytes a second. */
  get perSecond(): number {
    const [first, last] = [this.#notes[0], this.#notes.at(-1)];
    if (!first || !last || last.at <= first.at) return 0;
    return ((last.bytes - first.bytes) / (last.at - first.at)) * 1000;
  }
}
