import type { Level } from '../world/world';

/** Levels whose base agents are shipped with the page, in public/agents; the others have to be made by `pretrain`. */
export const shippedLevels: readonly Level[] = ['tiny', 'standard'];
