/** Results, the queue, its runs that are under way, and the adapters' paces, in IndexedDB. */
import type { DBSchema, IDBPDatabase } from 'idb';
import * as v from 'valibot';
import { RunStore } from '../../../src/checkpoint/store';
import { Database } from '../../../src/checkpoint/store-database';
import { resultSchema, type Result } from '../../../src/lab/reproduction/result';
import { runFormat } from '../../../src/lab/run/run-format';
import { orderSchema, type ReproductionOrder } from '../../../src/lab/reproduction/order';

/** A queue as it is kept. */
export interface KeptQueue {
  order: ReproductionOrder;
  /** Whether it was at work when this was written. */
  running: boolean;
  /** How often a page went on with it by itself since it last got any further. */
  tries: number;
}

const queueSchema = v.object({
  order: orderSchema,
  running: v.boolean(),
  tries: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
}) satisfies v.GenericSchema<unknown, KeptQueue>;
const pacesSchema = v.record(v.string(), v.pipe(v.number(), v.finite(), v.minValue(0)));
export type Paces = v.InferOutput<typeof pacesSchema>;

interface Schema extends DBSchema {
  results: { key: number; value: { id: string; result: unknown }; indexes: { id: string } };
  queue: { key: string; value: unknown };
  /** By adapter. */
  paces: { key: string; value: unknown };
}

/** There is one queue. */
const QUEUE = 'queue';

/** The kept queue is none that this version can work off. */
export class QueueUnreadableError extends Error {
  override name = 'QueueUnreadableError';

  constructor() {
    super(
      'The queue that was kept here is another version’s, and is forgotten; results and runs stay. Choose tables on the Reproduce page, then start one.',
    );
  }
}

export class ReproductionStore {
  /** Apart from a visitor's own runs, which the page offers to go on with. */
  readonly checkpoints;
  readonly #database: Database<Schema>;

  constructor(name = 'waltz-reproductions') {
    this.#database = new Database(name, { version: 1, upgrade });
    this.checkpoints = new RunStore(runFormat, `${name}-checkpoints`);
  }

  /** Null where there is none, or none that this version can read. */
  async find(id: string): Promise<Result | null> {
    const kept = await this.#database.with((database) => database.getAllFromIndex('results', 'id', id));
    return kept.map(({ result }) => readable(result)).findLast((result) => result !== null) ?? null;
  }

  /** All that this version can read, of each subject the one that `find` finds. */
  async all(): Promise<Map<string, Result>> {
    const kept = await this.#database.with((database) => database.getAll('results'));
    const found = new Map<string, Result>();
    for (const { id, result } of kept) {
      const read = readable(result);
      if (read) found.set(id, read);
    }
    return found;
  }

  /** In place of the one that `find` finds; what cannot be read is left alone. */
  async keep(id: string, result: Result): Promise<void> {
    await this.join([[id, result]], () => result);
  }

  /** Several at once, all or none, each only where it is preferred to the one that `find` finds. */
  async join(
    results: readonly (readonly [id: string, result: Result])[],
    preferred: (there: Result, comes: Result) => Result,
  ): Promise<void> {
    await this.#database.with(async (database) => {
      const transaction = database.transaction('results', 'readwrite', { durability: 'strict' });
      for (const [id, result] of results) {
        const keys: number[] = [];
        let there: Result | null = null;
        for await (const { primaryKey, value } of transaction.store.index('id').iterate(id)) {
          const read = readable(value.result);
          if (!read) continue;
          keys.push(primaryKey);
          there = read;
        }
        if (there && preferred(there, result) === there) continue;
        await Promise.all(keys.map((key) => transaction.store.delete(key)));
        await transaction.store.add({ id, result });
      }
      await transaction.done;
    });
  }

  /** Those that `all` has of these ids; what cannot be read is left alone. */
  async forget(ids: readonly string[]): Promise<void> {
    await this.#database.with(async (database) => {
      const transaction = database.transaction('results', 'readwrite', { durability: 'strict' });
      for (const id of ids) {
        for await (const cursor of transaction.store.index('id').iterate(id)) {
          if (readable(cursor.value.result)) await cursor.delete();
        }
      }
      await transaction.done;
    });
  }

  /** Null where there is none. One that this version cannot read is forgotten, with a `QueueUnreadableError`. */
  async queue(): Promise<KeptQueue | null> {
    const kept = await this.#database.with((database) => database.get('queue', QUEUE));
    if (kept === undefined) return null;
    const found = v.safeParse(queueSchema, kept);
    if (found.success) return found.output;
    await this.keepQueue(null);
    throw new QueueUnreadableError();
  }

  async keepQueue(queue: KeptQueue | null): Promise<void> {
    await this.#database.with(async (database) => {
      if (queue) await database.put('queue', queue, QUEUE);
      else await database.delete('queue', QUEUE);
    });
  }

  /** What is known of an adapter, by the names that `throughput.ts` gives. */
  async paces(adapter: string): Promise<Paces> {
    const found = v.safeParse(pacesSchema, await this.#database.with((database) => database.get('paces', adapter)));
    return found.success ? found.output : {};
  }

  async keepPaces(adapter: string, paces: Paces): Promise<void> {
    await this.#database.with((database) => database.put('paces', paces, adapter));
  }
}

function upgrade(database: IDBPDatabase<Schema>): void {
  database.createObjectStore('results', { autoIncrement: true }).createIndex('id', 'id');
  database.createObjectStore('queue');
  database.createObjectStore('paces');
}

function readable(result: unknown): Result | null {
  const found = v.safeParse(resultSchema, result);
  return found.success ? found.output : null;
}
