/** The 0.975 quantile of the standard normal distribution. */
export const Z95 = 1.959963984540054;

/**
 * Wilson's score interval of a binomial rate (Wilson, 1927): the 95% interval of `successes` out of `n`, as fractions.
 * Unlike the normal one it stays inside [0, 1] and has a width at 0 and n. With n = 0 nothing is known: [0, 1].
 */
export function wilson(successes: number, n: number): [low: number, high: number] {
  if (n === 0) return [0, 1];
  const rate = successes / n;
  const z2 = Z95 * Z95;
  const centre = (rate + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z95 * Math.sqrt((rate * (1 - rate)) / n + z2 / (4 * n * n))) / (1 + z2 / n);
  // At the ends the two terms are equal in exact arithmetic.
  return [successes === 0 ? 0 : centre - half, successes === n ? 1 : centre + half];
}
