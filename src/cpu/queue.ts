/** Work that takes all threads, one piece after the other. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  /** Does the work behind what was asked for before, however that ended. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(work, work);
    this.#last = done.catch(() => undefined);
    return await done;
  }
}
