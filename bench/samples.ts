/** Seconds that one thing took, several times. */
export interface Samples {
  min: number;
  median: number;
  max: number;
  all: number[];
}

export function summarize(all: number[]): Samples {
  const sorted = [...all].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { min: sorted[0], median, max: sorted[sorted.length - 1], all };
}

/** What `work` gives, and how many seconds it took. */
export async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const started = performance.now();
  const result = await work();
  return { result, seconds: (performance.now() - started) / 1000 };
}

/** Items in the order of round `round`: everyone begins once, so that whoever comes after a slow one is not always the same. */
export function rotated<T>(items: readonly T[], round: number): T[] {
  const from = round % items.length;
  return [...items.slice(from), ...items.slice(0, from)];
}
