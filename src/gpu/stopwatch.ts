const MEASUREMENTS = 3;

/**
 * Milliseconds of one repetition of what `run` does so many times and then waits for: the best of three measurements that
 * last about `lasting` milliseconds each, `most` repetitions at most. Run it once before, since first runs compile.
 */
export async function leastMilliseconds(
  run: (times: number) => Promise<void>,
  { lasting, most }: { lasting: number; most: number },
): Promise<number> {
  const timed = async (times: number) => {
    const begun = performance.now();
    await run(times);
    return performance.now() - begun;
  };
  const times = Math.min(most, Math.max(1, Math.round(lasting / Math.max(0.05, await timed(1)))));
  let least = Infinity;
  for (let i = 0; i < MEASUREMENTS; i++) least = Math.min(least, (await timed(times)) / times);
  return least;
}
