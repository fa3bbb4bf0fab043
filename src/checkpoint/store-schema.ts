/** What lies in the database of saved runs, and how an older one becomes it. */
import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb';
import * as v from 'valibot';
import type { RunSnapshot } from './snapshot';
import type { Provenance } from '../model/provenance';
import { abort } from './store-transaction';
import { worldTagSchema } from './task-tag-schema';

/** Everything but the history, which has stores of its own. */
export type Checkpoint = Omit<RunSnapshot<unknown, unknown, unknown, unknown>, (typeof histories)[number]> & {
  configVersion: number;
};

/** A checkpoint of version 0.2.0, whose task stands under `world`, as it would be kept today; others as they are. */
export function renewed(checkpoint: Checkpoint): Checkpoint {
  const { world, ...rest } = checkpoint as Checkpoint & { world?: unknown };
  return world === undefined ? checkpoint : { ...rest, task: v.parse(worldTagSchema, world) };
}

/** A run as a list shows it. What people do to a run stands here alone: a save leaves `name` and the marks as they are. */
export interface Head {
  run: string;
  name: string;
  config: unknown;
  configVersion: number;
  /** Of the last checkpoint. */
  step: number;
  finished: boolean;
  savedAt: number;
  /** Entries of its history; heads of version 2 know of no measurements. */
  metrics: number;
  evaluations: number;
  measured?: number;
  provenance: Provenance;
  pinned: boolean;
  /** When it was deleted, null while it is not. */
  removedAt: number | null;
  /** Steps of the checkpoints that outlive the next save, in order. */
  milestones: number[];
}

export interface Schema extends DBSchema {
  heads: { key: string; value: Head };
  /** Keys are (run, step). */
  checkpoints: { key: [string, number]; value: Checkpoint };
  /** Keys are (run, place in its history). */
  metrics: { key: [string, number]; value: unknown };
  evaluations: { key: [string, number]; value: unknown };
  measured: { key: [string, number]; value: unknown };
}

export const VERSION = 3;
export const histories = ['metrics', 'evaluations', 'measured'] as const;
export const everything = ['heads', 'checkpoints', ...histories] as const;

type Upgrade = IDBPTransaction<Schema, StoreNames<Schema>[], 'versionchange'>;

/** One transaction: if anything in it fails, the database stays what it was, and does not open. */
export function upgrade(database: IDBPDatabase<Schema>, from: number, _to: number | null, transaction: Upgrade): void {
  if (from < 1) {
    database.createObjectStore('heads', { keyPath: 'run' });
    for (const store of ['checkpoints', ...histories] as const) database.createObjectStore(store);
    return;
  }
  if (from < 3) database.createObjectStore('measured');
  if (from < 2) {
    // Whoever opens the database hears that it did not work.
    transaction.done.catch(() => undefined);
    manyCheckpoints(transaction).catch(() => abort(transaction));
  }
}

/** Version 1 had one checkpoint a run, under the run's id, and knew no marks. */
async function manyCheckpoints(transaction: Upgrade): Promise<void> {
  const heads = transaction.objectStore('heads');
  const checkpoints = transaction.objectStore('checkpoints');
  // One by one: a checkpoint may be large.
  for (const key of (await checkpoints.getAllKeys()) as unknown as string[]) {
    const old = IDBKeyRange.only(key);
    const checkpoint = (await checkpoints.get(old))!;
    const { run, step, provenance } = checkpoint;
    await checkpoints.delete(old);
    await checkpoints.put(checkpoint, [run, step]);
    const head = await heads.get(run);
    if (head) await heads.put({ ...head, provenance, pinned: false, removedAt: null, milestones: [] });
  }
}

/** All keys of a run that have a number behind it: arrays sort after numbers, so an empty one ends the range. */
export function range(run: string): IDBKeyRange {
  return IDBKeyRange.bound([run], [run, []]);
}
