/** Path of an installed Firefox, null without one. The variable FIREFOX comes first, then the release that Debian keeps. */
export function findFirefox(): string | null;
