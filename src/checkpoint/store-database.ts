import { openDB, type DBSchema, type IDBPDatabase, type OpenDBCallbacks } from 'idb';
import { StoreBlockedError, StoreUnavailableError, storeError } from './store-errors';

/** Version of a database's schema, and how an older one becomes it. */
export interface DatabaseVersion<Schema extends DBSchema> {
  version: number;
  upgrade: NonNullable<OpenDBCallbacks<Schema>['upgrade']>;
}

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

  /** Does something with the database. Throws a `StoreError`, whatever went wrong. */
  async with<Result>(work: (database: IDBPDatabase<Schema>) => Promise<Result>): Promise<Result> {
    try {
      return await work(await this.#open());
    } catch (error) {
      throw storeError(error);
    }
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
    this.#database ??= this.#connect().catch((error: unknown) => {
      this.#database = null;
      throw error;
    });
    return this.#database;
  }

  #connect(): Promise<IDBPDatabase<Schema>> {
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
}
