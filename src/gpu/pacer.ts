/** Milliseconds that a submit may take: the desktop shares the GPU, and drivers kill a submit of two seconds. */
export const SUBMIT_MILLISECONDS = 50;
/** An unknown kernel counts as this share of the budget. */
const UNKNOWN = 1 / 4;
/** Submits whose ends are seen within a millisecond ended earlier: only their sum says something. */
const TOGETHER = 1;
/** One measurement lowers an estimate by this factor at most, because a coarse clock sometimes measures nothing. */
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
 * Says where a plan is split so that no submit holds the GPU for long. It learns from the ends of submits what a dispatch
 * takes, by kernel and by power of two of its workgroups: prompts and single tokens go through the same kernels with far
 * more or less work. It is pure: callers tell it the time, and it never waits. It changes where submits end, never what is
 * computed.
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

  /** Adds a dispatch of so many workgroups to the portion. If it refuses, submit the portion without the dispatch. */
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
    // A portion begins when it is submitted or when the one before it ends, whichever is later.
    seen.milliseconds += Math.max(0, now - Math.max(portion.submitted, this.#lastEnd));
    this.#lastEnd = now;
    if (--this.#inFlight === 0) this.#learn();
  }

  #estimate(kernel: object, size: number): Estimate {
    let sizes = this.#estimates.get(kernel);
    if (!sizes) this.#estimates.set(kernel, (sizes = []));
    return (sizes[size] ??= { cost: this.#guess(sizes, size), measured: false });
  }

  /** A guess: no more than a larger dispatch takes, and no more than a smaller one takes in proportion. */
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
    // The present estimates count, not those at recording: the pacer may have learned since.
    let expected = 0;
    for (const [{ cost }, count] of portion.counts) expected += cost * count;
    const ratio = Math.max(LOWEST_RATIO, milliseconds / expected);
    for (const estimate of portion.counts.keys()) {
      // A measurement replaces a guess, and moves an earlier measurement half of the way.
      estimate.cost = Math.max(LEAST_COST, estimate.cost * (estimate.measured ? Math.sqrt(ratio) : ratio));
      estimate.measured = true;
    }
  }
}
