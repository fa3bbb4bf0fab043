/**
 * Saved runs in IndexedDB. A save is one transaction, so a reader sees the checkpoint before it or after it and nothing
 * between; of the history only what is new is written.
 */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import * as v from 'valibot';
import { checkAgents, type RunFormat, type RunSnapshot } from './snapshot';
import {
  RunConflictError,
  RunNotFoundError,
  RunUnreadableError,
  StoreBlockedError,
  StoreError,
  StoreUnavailableError,
  storeError,
} from './store-errors';

/** What a list of saved runs shows. */
export interface StoredRun<Config> {
  run: string;
  name: string;
  config: Config;
  step: number;
  finished: boolean;
  /** Milliseconds since the epoch. */
  savedAt: number;
}

/** Everything but the history, which has stores of its own. */
type Checkpoint = Omit<RunSnapshot<unknown, unknown, unknown>, 'metrics' | 'evaluations'> & { configVersion: number };

interface Head {
  run: string;
  name: string;
  config: unknown;
  configVersion: number;
  step: number;
  finished: boolean;
  savedAt: number;
  /** Entries of its history. */
  metrics: number;
  evaluations: number;
}

interface Schema extends DBSchema {
  heads: { key: string; value: Head };
  checkpoints: { key: string; value: Checkpoint };
  /** Keys are (run, place in its history). */
  metrics: { key: [string, number]; value: unknown };
  evaluations: { key: [string, number]; value: unknown };
}

const VERSION = 1;
const everything = ['heads', 'checkpoints', 'metrics', 'evaluations'] as const;
const histories = ['metrics', 'evaluations'] as const;

export class RunStore<Config, Metrics, Evaluation> {
  readonly #format: RunFormat<Config, Metrics, Evaluation>;
  readonly #name: string;
  #database: Promise<IDBPDatabase<Schema>> | null = null;
  #outdated = false;

  constructor(format: RunFormat<Config, Metrics, Evaluation>, name = 'waltz') {
    this.#format = format;
    this.#name = name;
  }

  /** Newest first. Runs that this version cannot read are named in `unreadable`; they are not touched. */
  async list(): Promise<{ runs: StoredRun<Config>[]; unreadable: string[] }> {
    const heads = await this.#with((database) => database.getAll('heads'));
    const runs: StoredRun<Config>[] = [];
    const unreadable: string[] = [];
    for (const { run, name, config, configVersion, step, finished, savedAt } of heads) {
      const read = v.safeParse(this.#format.config, config);
      if (!read.success || configVersion !== this.#format.configVersion) unreadable.push(run);
      else runs.push({ run, name, config: read.output, step, finished, savedAt });
    }
    runs.sort((a, b) => b.savedAt - a.savedAt);
    return { runs, unreadable };
  }

  /** Throws `RunNotFoundError`, or `RunUnreadableError` if what is stored does not fit this version. */
  async load(run: string): Promise<RunSnapshot<Config, Metrics, Evaluation>> {
    const [checkpoint, metrics, evaluations] = await this.#with(async (database) => {
      // One transaction: the history belongs to the checkpoint even if a save comes in between.
      const transaction = database.transaction(everything);
      return await Promise.all([
        transaction.objectStore('checkpoints').get(run),
        transaction.objectStore('metrics').getAll(range(run)),
        transaction.objectStore('evaluations').getAll(range(run)),
      ]);
    });
    if (!checkpoint)
      throw new RunNotFoundError('This run is no longer saved here. Start a new one, or import its file.');
    const { configVersion, ...rest } = checkpoint;
    if (configVersion !== this.#format.configVersion || metrics.length !== rest.step) throw unreadable(rest.name);
    checkAgents(rest.agents);
    return {
      ...rest,
      config: this.#read(this.#format.config, rest.config, rest.name),
      metrics: this.#read(v.array(this.#format.metrics), metrics, rest.name),
      evaluations: this.#read(v.array(this.#format.evaluation), evaluations, rest.name),
    };
  }

  /**
   * Saves a run that has gone on from what is stored of it, or a new one. Throws `RunConflictError` rather than take it
   * back. All or nothing.
   */
  async save(snapshot: RunSnapshot<Config, Metrics, Evaluation>, savedAt = Date.now()): Promise<void> {
    const { metrics, evaluations, ...checkpoint } = snapshot;
    const { run, name, config, step, finished } = checkpoint;
    const { configVersion } = this.#format;
    checkAgents(snapshot.agents);
    if (metrics.length !== step) {
      throw new StoreError(
        `"${name}" is at step ${step} but has metrics of ${metrics.length} steps. Restore it first.`,
      );
    }
    await this.#with(async (database) => {
      const transaction = database.transaction(everything, 'readwrite', { durability: 'strict' });
      // Handled at once: an abort must not become an unhandled rejection while another request is awaited.
      const done = transaction.done.then(
        () => null,
        (error: unknown) => ({ error }),
      );
      try {
        const before = await transaction.objectStore('heads').get(run);
        if (before && (before.step > step || before.evaluations > evaluations.length)) {
          throw new RunConflictError(
            `"${name}" is saved at step ${before.step}, further than this one at step ${step}. Restore it to go on from there.`,
          );
        }
        for (const [store, history] of [['metrics', metrics] as const, ['evaluations', evaluations] as const]) {
          for (let i = before?.[store] ?? 0; i < history.length; i++) {
            leaveToTransaction(transaction.objectStore(store).put(history[i], [run, i]));
          }
        }
        const counts = { metrics: metrics.length, evaluations: evaluations.length };
        const head: Head = { run, name, config, configVersion, step, finished, savedAt, ...counts };
        leaveToTransaction(transaction.objectStore('checkpoints').put({ ...checkpoint, configVersion }, run));
        leaveToTransaction(transaction.objectStore('heads').put(head));
      } catch (error) {
        abort(transaction);
        const failed = await done;
        // A transaction that the browser itself aborted says why; its requests only say that it was aborted.
        throw failed?.error instanceof DOMException && failed.error.name !== 'AbortError' ? failed.error : error;
      }
      const failed = await done;
      if (failed) throw failed.error;
    });
  }

  /** Forgets a run and its history. */
  async discard(run: string): Promise<void> {
    await this.#with(async (database) => {
      const transaction = database.transaction(everything, 'readwrite');
      await Promise.all([
        transaction.objectStore('heads').delete(run),
        transaction.objectStore('checkpoints').delete(run),
        ...histories.map((store) => transaction.objectStore(store).delete(range(run))),
        transaction.done,
      ]);
    });
  }

  /** Lets go of the database; the next call opens it again. */
  async close(): Promise<void> {
    const database = this.#database;
    this.#database = null;
    (await database?.catch(() => null))?.close();
  }

  async #with<Result>(work: (database: IDBPDatabase<Schema>) => Promise<Result>): Promise<Result> {
    try {
      return await work(await this.#open());
    } catch (error) {
      throw storeError(error);
    }
  }

  #open(): Promise<IDBPDatabase<Schema>> {
    if (this.#outdated) {
      const message = 'A newer version of this page is open in another tab. Reload this one to go on saving.';
      return Promise.reject(new StoreBlockedError(message));
    }
    this.#database ??= this.#connect().catch((error: unknown) => {
      this.#database = null;
      throw error;
    });
    return this.#database;
  }

  #connect(): Promise<IDBPDatabase<Schema>> {
    if (typeof indexedDB === 'undefined') {
      const message =
        'This browser cannot save runs here. Leave private browsing, or export the run before you close it.';
      return Promise.reject(new StoreUnavailableError(message));
    }
    return new Promise((resolve, reject) => {
      let refused = false;
      openDB<Schema>(this.#name, VERSION, {
        upgrade(database) {
          database.createObjectStore('heads', { keyPath: 'run' });
          for (const store of ['checkpoints', ...histories] as const) database.createObjectStore(store);
        },
        blocked: () => {
          const message = 'An older version of this page is open in another tab. Close that tab, then try again.';
          refused = true;
          reject(new StoreBlockedError(message));
        },
        blocking: () => {
          this.#outdated = true;
          void this.close();
        },
        terminated: () => {
          this.#database = null;
        },
      }).then((database) => {
        // Once refused, nobody waits for it any more, and an open one would block the others.
        if (refused) database.close();
        else resolve(database);
      }, reject);
    });
  }

  #read<Output>(schema: v.GenericSchema<unknown, Output>, value: unknown, name: string): Output {
    const read = v.safeParse(schema, value);
    if (!read.success) throw unreadable(name);
    return read.output;
  }
}

/** All history keys of a run: arrays sort after numbers, so an empty one ends the range. */
function range(run: string): IDBKeyRange {
  return IDBKeyRange.bound([run], [run, []]);
}

/** A request that fails ends its transaction, which says why: the request itself need not be waited for. */
function leaveToTransaction(request: Promise<unknown>): void {
  request.catch(() => undefined);
}

/** Ends a transaction that may already have ended by itself. */
function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}

function unreadable(name: string): RunUnreadableError {
  return new RunUnreadableError(
    `"${name}" was saved by another version of this page and cannot go on here. Open it with that version, or discard it.`,
  );
}
