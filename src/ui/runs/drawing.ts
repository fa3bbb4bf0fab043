/** What the pictures share. */
export const font = "'Inter Variable', Inter, system-ui, sans-serif";

/** Height of a legend of so many runs. */
export const legendHeight = (runs: number): number => 18 * runs + 10;

/** Heights of labels, moved apart as far as they need it: down, and up again where the bottom is in the way. */
export function apart(heights: readonly number[], gap: number, bottom: number): number[] {
  const order = heights.map((_, i) => i).sort((a, b) => heights[a] - heights[b]);
  const moved = [...heights];
  let least = -Infinity;
  for (const i of order) {
    moved[i] = Math.max(moved[i], least);
    least = moved[i] + gap;
  }
  let most = bottom;
  for (const i of order.toReversed()) {
    moved[i] = Math.min(moved[i], most);
    most = moved[i] - gap;
  }
  return moved;
}

/** A name cut to about this width in pixels, at 12 px: SVG text does not wrap. */
export function shortened(name: string, width: number): string {
  const letters = Math.max(3, Math.floor(width / 6.6));
  return name.length > letters ? `${name.slice(0, letters - 1).trimEnd()}…` : name;
}
