import { Z95 } from './wilson';

/** How often two methods were right on the same prompts. */
export interface PairedCounts {
  both: number;
  onlyA: number;
  onlyB: number;
  neither: number;
}

export interface PairedComparison extends PairedCounts {
  /** Rate of A minus rate of B; NaN without prompts. */
  difference: number;
  /** 95%, Tango's. */
  interval: [low: number, high: number];
  /** McNemar's exact test of equal rates, two-sided. */
  p: number;
}

export class UnpairedError extends Error {
  override name = 'UnpairedError';
}

/** Compares two methods prompt by prompt: `a[i]` and `b[i]` say whether each was right on prompt i. */
export function comparePaired(a: readonly boolean[], b: readonly boolean[]): PairedComparison {
  const counts = countPairs(a, b);
  const { onlyA, onlyB } = counts;
  return {
    ...counts,
    difference: (onlyA - onlyB) / a.length,
    interval: differenceInterval(onlyA, onlyB, a.length),
    p: mcnemar(onlyA, onlyB),
  };
}

function countPairs(a: readonly boolean[], b: readonly boolean[]): PairedCounts {
  if (a.length !== b.length) {
    throw new UnpairedError(
      `A has ${a.length} results and B ${b.length}: compare two methods on the same prompts, in the same order.`,
    );
  }
  const counts = { both: 0, onlyA: 0, onlyB: 0, neither: 0 };
  a.forEach((right, i) => counts[right ? (b[i] ? 'both' : 'onlyA') : b[i] ? 'onlyB' : 'neither']++);
  return counts;
}

/**
 * McNemar's exact conditional test, two-sided (McNemar, Psychometrika 12, 1947; Fagerland, Lydersen and Laake, BMC
 * Medical Research Methodology 13:91, 2013): if both rates are equal, each prompt that only one method gets right is a
 * fair coin. Twice the smaller binomial tail, at most 1. Conservative for few such prompts.
 */
export function mcnemar(onlyA: number, onlyB: number): number {
  const n = onlyA + onlyB;
  const fewer = Math.min(onlyA, onlyB);
  // 2^−n is nothing from n = 1,075 on, so the tail's largest term is made of logarithms.
  let logTerm = -n * Math.LN2;
  for (let k = 1; k <= fewer; k++) logTerm += Math.log((n - fewer + k) / k);
  // The others are fractions of it: C(n, k − 1) = C(n, k) · k / (n − k + 1).
  let sum = 1;
  for (let k = fewer, ratio = 1; k > 0; k--) {
    ratio *= k / (n - k + 1);
    sum += ratio;
  }
  return Math.min(1, 2 * Math.exp(logTerm) * sum);
}

/**
 * Tango's score interval of the difference of two rates on the same n prompts, 95% (Tango, Statistics in Medicine 17,
 * 1998): all differences that a score test would not reject at 5%. It is McNemar's asymptotic test turned round, needs
 * only the prompts that one method alone gets right, stays inside [−1, 1] and has a width when there are none. Without
 * prompts nothing is known: [−1, 1].
 */
export function differenceInterval(onlyA: number, onlyB: number, n: number): [low: number, high: number] {
  return n === 0 ? [-1, 1] : [-upperEnd(onlyB, onlyA, n), upperEnd(onlyA, onlyB, n)];
}

/** By bisection between the estimate, which is never rejected, and 1: the score only falls on the way. */
function upperEnd(more: number, less: number, n: number): number {
  let low = (more - less) / n;
  let high = 1;
  for (let middle = (low + high) / 2; low < middle && middle < high; middle = (low + high) / 2) {
    const excess = n * middle - (more - less);
    if (excess < Z95 * Math.sqrt(n * discordantVariance(more, less, n, middle))) low = middle;
    else high = middle;
  }
  return high;
}

/** n times the variance of the difference of the rates, with the likeliest share of discordant pairs if it is `delta`. */
function discordantVariance(more: number, less: number, n: number, delta: number): number {
  // The likeliest share q of pairs counted in `less` is the larger root of a·q² + b·q + c.
  const a = 2 * n;
  const b = (2 * n - more + less) * delta - more - less;
  const c = -less * delta * (1 - delta);
  // Rounding may take what is nothing below it.
  const q = (Math.sqrt(Math.max(0, b * b - 4 * a * c)) - b) / (2 * a);
  return Math.max(0, 2 * q + delta * (1 - delta));
}
