/** Milliseconds in which what was deleted is kept; then it goes with the next opening of the page or the next deletion. */
export const REMOVAL_GRACE = 10 * 60_000;
