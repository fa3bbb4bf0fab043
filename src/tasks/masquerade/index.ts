import type { TaskFamily } from '../../task/task';
import { levelNames, type Level } from './levels';
import { createMasquerade } from './masquerade';

/** Masquerade, the toy world (docs/world.md). */
export const masquerade: TaskFamily = {
  title: 'Masquerade',
  description: 'A word game with exact labels: harm hides behind masks and chains of aliases.',
  levels: [
    { name: 'tiny', title: 'Tiny' },
    { name: 'standard', title: 'Standard' },
    { name: 'hard', title: 'Hard' },
  ] satisfies { name: Level; title: string }[],
  create: (level) => {
    const found = levelNames.find((name) => name === level);
    if (found === undefined) throw new RangeError(`Masquerade has no level "${level}".`);
    return createMasquerade(found);
  },
};
