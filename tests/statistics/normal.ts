import type { Random } from '../../src/random/philox';

/** A standard normal draw (Box and Muller, 1958). */
export function normal(random: Random): number {
  // 1 − u is never 0.
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}
