/** Work that is done one after another, in the order in which it came; what fails holds nobody up. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  async take<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return await turn;
  }

  /** Resolves when all that has come so far has ended. */
  async ended(): Promise<void> {
    await this.#last;
  }
}
