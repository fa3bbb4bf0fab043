import type { DanceRequest } from '../../lab/floor/dance';

/** A request without the beats that are given. */
export type DanceSettings = Omit<DanceRequest, 'given'>;
