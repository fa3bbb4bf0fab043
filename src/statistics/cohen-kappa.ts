import { Z95 } from './wilson';

export interface Kappa {
  kappa: number;
  /** 95%, by the large-sample standard error. */
  low: number;
  high: number;
}

/**
 * Cohen's κ (1960), agreement beyond chance of two raters: 1 where they always agree, 0 where they agree as often as chance has it.
 * The interval is Fleiss, Cohen and Everitt's (1969), cut to [−1, 1]; with few ratings, or all of them alike, it is too narrow.
 *
 * @param table `table[i][j]` ratings are i by the first and j by the second rater.
 * Null without ratings, or where a rater gave all the same one: κ is 0 or nothing then, whatever the other gave.
 */
export function cohenKappa(table: readonly (readonly number[])[]): Kappa | null {
  const n = table.flat().reduce((sum, count) => sum + count, 0);
  if (n === 0) return null;
  const shares = table.map((row) => row.map((count) => count / n));
  const first = shares.map((row) => row.reduce((sum, share) => sum + share, 0));
  const second = shares.map((_, j) => shares.reduce((sum, row) => sum + row[j], 0));
  const observed = shares.reduce((sum, row, i) => sum + row[i], 0);
  const expected = first.reduce((sum, share, i) => sum + share * second[i], 0);
  if ([first, second].some((margin) => margin.filter((share) => share > 0).length === 1)) return null;
  const kappa = (observed - expected) / (1 - expected);
  let spread = -((kappa - expected * (1 - kappa)) ** 2);
  shares.forEach((row, i) =>
    row.forEach((share, j) => {
      spread +=
        i === j
          ? share * (1 - (first[i] + second[i]) * (1 - kappa)) ** 2
          : (1 - kappa) ** 2 * share * (second[i] + first[j]) ** 2;
    }),
  );
  // What rounding leaves of nothing.
  const half = spread < 1e-14 ? 0 : (Z95 * Math.sqrt(spread / n)) / (1 - expected);
  return { kappa, low: Math.max(-1, kappa - half), high: Math.min(1, kappa + half) };
}
