import { roleNames } from '../../waltz/game/roles';

/** All that a warm start makes: an agent for each role, and the safeguard that some methods put behind them. */
export const modelNames = [...roleNames, 'safeguard'] as const;
export type ModelName = (typeof modelNames)[number];
