/** What crosses of the tables that are reproduced. */
import type { MemoryNeed } from '../../src/model/memory';
import type { ReproductionOrder } from '../../src/lab/reproduction/order';
import type { QueuedSubject } from '../../src/lab/reproduction/queued-subject';
import type { KeptResult, ReproducedTable } from '../../src/lab/reproduction/report';
import type { TableName } from '../../src/lab/reproduction/tables';
import type { WireError } from './errors';

/**
 * `none` where there is no queue: the order is only looked at. `elsewhere` where another tab works it off. A queue that is
 * done is none any more, and all its subjects are done.
 */
export type QueueStatus = 'none' | 'running' | 'pausing' | 'paused' | 'elsewhere';

export interface QueueState {
  order: ReproductionOrder;
  status: QueueStatus;
  subjects: QueuedSubject[];
  /** GPU memory of the largest subject in bytes, or why the adapter cannot hold it; null while no GPU is open. */
  memory: MemoryNeed | null;
}

export interface ReproductionCalls {
  /**
   * Shows the queue that is kept, and goes on with it if it was running and nothing else is in hand. Where there is none,
   * shows what is kept of this order. Answered by all tables that can be ordered.
   */
  'reproduce.open': { asked: { order: ReproductionOrder }; answer: { name: TableName; title: string }[] };
  /** Queues all that these tables need, in place of any other queue, and works it off. A run in hand is saved first. */
  'reproduce.start': { asked: { order: ReproductionOrder }; answer: null };
  /** Takes effect at the next step, or within a measurement. */
  'reproduce.pause': { asked: object; answer: null };
  'reproduce.resume': { asked: object; answer: null };
  /** Forgets the queue. Results and runs stay: another queue goes on from them. */
  'reproduce.cancel': { asked: object; answer: null };
  /** Results as JSON Lines join those that are kept, all or none. */
  'reproduce.import': { asked: { text: string }; answer: null };
  /** Forgets results by their ids. Answered by lines that bring them back. */
  'reproduce.forget': { asked: { results: string[] }; answer: string };
  /** All that are kept, as a file. */
  'reproduce.export': { asked: object; answer: { name: string; text: string } };
}

export type ReproductionNews =
  | ({ kind: 'reproduce.state' } & QueueState)
  /** What is there of the order's tables, and again whenever there is more. */
  | { kind: 'reproduce.results'; order: ReproductionOrder; build: string; tables: ReproducedTable[] }
  /** Every result that is kept here, whatever it is of; with the rows, and after an import. */
  | { kind: 'reproduce.kept'; results: KeptResult[] }
  /** The queue stopped, or one that was to go on by itself did not. */
  | { kind: 'reproduce.failed'; while: 'working' | 'resuming'; error: WireError };
