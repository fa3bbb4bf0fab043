/** Milliseconds of GPU that a submit should take: the desktop shares the GPU, and drivers kill what takes two seconds. */
export const SUBMIT_MILLISECONDS = 50;
/** A kernel of which nothing is known counts as this much of the budget. */
const UNKNOWN = 1 / 4;
/** Ends seen within a millisecond came late and together: only their sum says something. */
const TOGETHER = 1;
/** One measurement lowers no estimate further than by this: a coarse clock measures nothing at times. */
const LOWEST_RATIO = 1 / 8;
const LEAST_COST = 1e-3;

/** Milliseconds that one dispatch is thought to take. */
interface Estimate {
  cost: number;
  measured: boolean;
}

/** What one submit holds. */
export class Portion {
  readonly counts = new Map<Estimate, number>();
  /** Milliseconds that it was thought to take when it was recorded. */
  cost = 0;
  /** When it was handed over. */
  submitted = 0;

  add(estimate: Estimate, count = 1): void {
    this.counts.set(estimate, (this.counts.get(estimate) ?? 0) + count);
    this.cost += estimate.cost * count;
  }
}

/**
 * Says where a plan is to be split so that no submit holds the GPU for long. It learns what a dispatch takes, by kernel
 * and by power of two of its workgroups, from when submits end: a prompt read in parallel and one token more are the
 * same kernels with far more work or less. Pure: it is told the time, and never waits. What it says changes only
 * where submits end, never what is computed.
 */
export class Pacer {
  readonly budget: number;
  readonly #estimates = new Map<object, Estimate[]>();
  #inFlight = 0;
  #lastEnd = 0;
  /** Work whose end was seen, and not yet learned from. */
  #seen = { portion: new Portion(), milliseconds: 0, since: 0 };

  constructor(budget = SUBMIT_MILLISECONDS) {
    this.budget = budget;
  }

  /** Adds a dispatch of so many workgroups to the portion, or refuses: the portion is to be submitted without it. */
  admits(portion: Portion, kernel: object, workgroups: number): boolean {
    const estimate = this.#estimate(kernel, Math.ceil(Math.log2(workgroups)));
    if (portion.counts.size > 0 && portion.cost + estimate.cost > this.budget) return false;
    portion.add(estimate);
    return true;
  }

  submitted(portion: Portion, now: number): void {
    portion.submitted = now;
    this.#inFlight++;
  }

  /** The GPU finished a portion. Portions finish in the order in which they were submitted. */
  finished(portion: Portion, now: number): void {
    if (this.#seen.portion.counts.size > 0 && now - this.#seen.since > TOGETHER) this.#learn();
    const seen = this.#seen;
    if (seen.portion.counts.size === 0) seen.since = now;
    for (const [estimate, count] of portion.counts) seen.portion.add(estimate, count);
    // It began when it was handed over or when the one before it ended, whichever was later.
    seen.milliseconds += Math.max(0, now - Math.max(portion.submitted, this.#lastEnd));
    this.#lastEnd = now;
    if (--this.#inFlight === 0) this.#learn();
  }

  #estimate(kernel: object, size: number): Estimate {
    let sizes = this.#estimates.get(kernel);
    if (!sizes) this.#estimates.set(kernel, (sizes = []));
    return (sizes[size] ??= { cost: this.#guess(sizes, size), measured: false });
  }

  /** At most what a larger dispatch takes, and at most in proportion to a smaller one. */
  #guess(sizes: readonly (Estimate | undefined)[], size: number): number {
    let least = Infinity;
    sizes.forEach((known, at) => {
      if (known?.measured) least = Math.min(least, known.cost * 2 ** Math.max(0, size - at));
    });
    return least < Infinity ? least : this.budget * UNKNOWN;
  }

  #learn(): void {
    const { portion, milliseconds } = this.#seen;
    this.#seen = { portion: new Portion(), milliseconds: 0, since: 0 };
    // The estimates of now, not those of when it was recorded: much that is in flight may have been learned from since.
    let expected = 0;
    for (const [{ cost }, count] of portion.counts) expected += cost * count;
    const ratio = Math.max(LOWEST_RATIO, milliseconds / expected);
    for (const estimate of portion.counts.keys()) {
      // A guess gives way to what was measured; what was measured before goes half of the way.
      estimate.cost = Math.max(LEAST_COST, estimate.cost * (estimate.measured ? Math.sqrt(ratio) : ratio));
      estimate.measured = true;
    }
  }
}
