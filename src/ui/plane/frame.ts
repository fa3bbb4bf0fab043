/** Pixels of the edges of a plane's field in its drawing. */
export interface Frame {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Up to which rate the axes go, in tenths: beyond the largest rate, and at least this far. */
export function reachOf(rates: readonly number[], least: number): number {
  return Math.max(least, ...rates.map((rate) => Math.ceil(rate * 10 + 0.2) / 10));
}
