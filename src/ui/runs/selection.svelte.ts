/** Which runs are compared. A run keeps its place, and so its colour, until it is let go. */
export class Selection {
  places = $state.raw<ReadonlyMap<string, number>>(new Map());
  /** Where a range begins. */
  #anchor: string | null = null;

  /** In the order of their places. */
  get runs(): string[] {
    return [...this.places].sort(([, a], [, b]) => a - b).map(([run]) => run);
  }

  has(run: string): boolean {
    return this.places.has(run);
  }

  set(runs: readonly string[], on: boolean): void {
    const places = new Map(this.places);
    for (const run of runs) {
      if (!on) places.delete(run);
      else if (!places.has(run)) places.set(run, lowestFree(places));
    }
    this.places = places;
  }

  /** One run; with `range`, everything between it and the one before it in this list gets the same. */
  choose(run: string, on: boolean, { range, among }: { range: boolean; among: readonly string[] }): void {
    const ends = [among.indexOf(run), this.#anchor === null ? -1 : among.indexOf(this.#anchor)].sort((a, b) => a - b);
    this.set(range && ends[0] >= 0 ? among.slice(ends[0], ends[1] + 1) : [run], on);
    this.#anchor = run;
  }

  /** Lets go of what is no longer there. */
  keepOnly(runs: readonly string[]): void {
    const gone = [...this.places.keys()].filter((run) => !runs.includes(run));
    if (gone.length > 0) this.set(gone, false);
  }
}

function lowestFree(places: ReadonlyMap<string, number>): number {
  const taken = new Set(places.values());
  let place = 0;
  while (taken.has(place)) place++;
  return place;
}
