/** What crosses of the tables that are reproduced. */

/**
 * `none` where there is no queue: the order is only looked at. `elsewhere` where another tab works it off. A queue that is
 * done is none any more, and all its subjects are done.
 */
export type QueueStatus = 'none' | 'running' | 'pausing' | 'paused' | 'elsewhere';
