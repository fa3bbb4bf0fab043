import { openDB, unwrap, wrap, type DBSchema, type IDBPDatabase, type OpenDBCallbacks } from 'idb';
import { leaveToTransaction } from './store-transaction';
import { StoreBlockedError, StoreUnavailableError, storeError } from './store-errors';

/** Version of a database's schema, and how an older one becomes it. */
export interface DatabaseVersion<Schema extends DBSchema> {
  version: number;
  upgrade: NonNullable<OpenDBCallbacks<Schema>['upgrade']>;
}

/** Milliseconds between attempts. */
const PAUSES = [50, 250, 1000];

/** The connection to a database: opened when it is first needed, given up when a newer page asks for it. */
export class Database<Schema extends DBSchema> {
  readonly #name: string;
  readonly #version: DatabaseVersion<Schema>;
  #database: Promise<IDBPDatabase<Schema>> | null = null;
  #outdated = false;

  constructor(name: string, version: DatabaseVersion<Schema>) {
    this.#name = name;
    this.#version = version;
  }

  /**
   * Does something with the database, in transactions; again where the connection was ended under it, as it is when
   * somebody deletes the site's data. Throws a `StoreError`, whatever went wrong.
   */
  async with<Result>(work: (database: IDBPDatabase<Schema>) => Promise<Result>): Promise<Result> {
    try {
      return await this.#attempt(work);
    } catch (error) {
      throw storeError(error);
    }
  }

  async #attempt<Result>(work: (database: IDBPDatabase<Schema>) => Promise<Result>): Promise<Result> {
    const database = await this.#open();
    try {
      return await work(database);
    } catch (error) {
      if (!isEnded(error)) throw error;
    }
    // While data is being deleted, what is opened may be ended as well.
    for (const pause of PAUSES) {
      await this.close();
      try {
        return await work(await this.#open());
      } catch (error) {
        if (!isEnded(error)) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    await this.close();
    return await work(await this.#open());
  }

  /** Lets go of the database; the next call opens it again. */
  async close(): Promise<void> {
    const database = this.#database;
    this.#database = null;
    (await database?.catch(() => null))?.close();
  }

  #open(): Promise<IDBPDatabase<Schema>> {
    if (this.#outdated) {
      const message = 'A newer version of this page is open in another tab. Reload this one to go on saving.';
      return Promise.reject(new StoreBlockedError(message));
    }
    if (this.#database) return this.#database;
    // By the time that a connection ends another one may be there.
    const forget = () => {
      if (this.#database === opening) this.#database = null;
    };
    const opening = this.#connect(forget).catch((error: unknown) => {
      forget();
      throw error;
    });
    this.#database = opening;
    return opening;
  }

  /** `ended` is called when the browser ends the connection by itself. */
  #connect(ended: () => void): Promise<IDBPDatabase<Schema>> {
    if (typeof indexedDB === 'undefined') {
      const message =
        'This browser cannot save anything here. Leave private browsing, or export the run before you close it.';
      return Promise.reject(new StoreUnavailableError(message));
    }
    return new Promise((resolve, reject) => {
      let refused = false;
      const { version, upgrade } = this.#version;
      openDB<Schema>(this.#name, version, {
        upgrade,
        blocked: () => {
          const message = 'An older version of this page is open in another tab. Close that tab, then try again.';
          refused = true;
          reject(new StoreBlockedError(message));
        },
        blocking: (_, wanted) => {
          // Without a version it is to be deleted, and can be opened anew after that.
          this.#outdated = wanted !== null;
          void this.close();
        },
        terminated: ended,
      }).then((database) => {
        // Once refused, nobody waits for it any more, and an open one would block the others.
        if (refused) database.close();
        else resolve(hearingEnds(database));
      }, reject);
    });
  }
}

/** Who waits for the requests of a transaction that is aborted hears of it from them, and need not wait for its end as well. */
function hearingEnds<Schema extends DBSchema>(database: IDBPDatabase<Schema>): IDBPDatabase<Schema> {
  const plain = unwrap(database);
  const begin = plain.transaction.bind(plain);
  plain.transaction = (...asked) => {
    const transaction = begin(...asked);
    leaveToTransaction(wrap(transaction).done);
    return transaction;
  };
  return database;
}

/** Nothing of the transaction was done: its connection was ended, not its request refused. */
function isEnded(error: unknown): boolean {
  return error instanceof DOMException && (error.name === 'AbortError' || error.name === 'InvalidStateError');
}
