const MEASUREMENTS = 3;

/** Does something so many times and waits for it. */
export type Repeated = (times: number) => Promise<void>;

/**
 * Milliseconds of one repetition of each of `runs`: the best of three measurements, in turns, so that a machine whose speed
 * changes is fair to all. One of the first lasts at least `lasting` milliseconds, twice that at most, unless `most`
 * repetitions are too few or one too many for it. Run each once before, since first runs compile.
 */
export async function leastMilliseconds(
  runs: readonly Repeated[],
  { lasting, most }: { lasting: number; most: number },
): Promise<number[]> {
  const timed = async (run: Repeated, times: number) => {
    const begun = performance.now();
    await run(times);
    return performance.now() - begun;
  };
  // Waiting is no work: so many repetitions as are long enough with it, not as would be without.
  let times = 1;
  while (2 * times <= most && (await timed(runs[0], times)) < lasting) times *= 2;
  const least = runs.map(() => Infinity);
  for (let i = 0; i < MEASUREMENTS; i++) {
    for (const [at, run] of runs.entries()) least[at] = Math.min(least[at], (await timed(run, times)) / times);
  }
  return least;
}
