import type { Level } from '../../task/task';

/** Levels whose base agents are shipped with the page, in public/agents; they are made by `pretrain`. */
export const shippedLevels: readonly Level[] = ['tiny', 'standard', 'hard'];
