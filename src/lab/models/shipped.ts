/** Levels whose base agents are shipped with the page, in public/agents; they are made by `pretrain`. */
export const shippedLevels: readonly string[] = ['tiny', 'standard', 'hard'];
