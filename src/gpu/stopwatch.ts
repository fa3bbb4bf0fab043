const MEASUREMENTS = 3;

/** Does something `times` times and waits for the end. */
export type Repeated = (times: number) => Promise<void>;

/**
 * Milliseconds of one repetition of each of `runs`: the best of three measurements. The runs take turns, so that a machine
 * whose speed changes is fair to all. A measurement of the first run lasts from `lasting` to twice as many milliseconds,
 * unless `most` repetitions take less or one takes more. Run each once before, since first runs compile.
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
  // The time includes waiting for the GPU, since waiting is no work that could be repeated.
  let times = 1;
  while (2 * times <= most && (await timed(runs[0], times)) < lasting) times *= 2;
  const least = runs.map(() => Infinity);
  for (let i = 0; i < MEASUREMENTS; i++) {
    for (const [at, run] of runs.entries()) least[at] = Math.min(least[at], (await timed(run, times)) / times);
  }
  return least;
}
