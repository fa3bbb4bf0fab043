/** Path of an installed Chromium or Chrome, null without one. The variable CHROMIUM comes first. */
export function findChromium(): string | null;
