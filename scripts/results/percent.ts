/** A fraction in per cent, as the results' pages show it. */
export const percent = (fraction: number): string => (100 * fraction).toFixed(1);
