/** Guests in IndexedDB, apart from the runs. A guest is kept in one transaction: all of it or nothing. */
import type { DBSchema } from 'idb';
import * as v from 'valibot';
import type { LlamaConfig } from '../model/config';
import type { TaskChoice } from '../task/task-tag';
import type { Guest } from './guest';
import { checkGuest, LONGEST_NAME } from './guest-check';
import { readLlamaConfig } from './llama-config';
import { Database } from './store-database';
import { GuestNotFoundError, GuestUnreadableError, StoreError } from './store-errors';
import { abort, leaveToTransaction } from './store-transaction';

/** A guest as a list shows it, without its weights. */
export interface KeptGuest {
  id: string;
  name: string;
  config: LlamaConfig;
  /** Bytes of its weights as they are kept. */
  bytes: number;
  /** Whether it has weights for the engine, and an ONNX file. */
  engine: boolean;
  onnx: boolean;
  /** Milliseconds since the epoch. */
  addedAt: number;
  /** Of one that was trained here: whose words it speaks, and which of the agents it is. */
  task: TaskChoice | null;
  role: string | null;
}

/** One that is deleted and not gone yet, or not readable by this version. */
export interface AsideGuest {
  id: string;
  name: string;
  why: 'removed' | 'unreadable';
}

/** What a model is that was trained here. */
export type Origin = Pick<KeptGuest, 'task' | 'role'>;

type Head = KeptGuest & { removedAt: number | null };

interface Schema extends DBSchema {
  heads: { key: string; value: Head };
  guests: { key: string; value: Guest };
}

const everything = ['heads', 'guests'] as const;
const headFields = {
  id: v.string(),
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(LONGEST_NAME)),
  config: v.record(v.string(), v.unknown()),
  bytes: v.pipe(v.number(), v.minValue(0)),
  engine: v.boolean(),
  onnx: v.boolean(),
  addedAt: v.number(),
  role: v.nullable(v.string()),
};
const headSchema = v.union([
  v.object({ ...headFields, task: v.nullable(v.object({ name: v.string(), level: v.string() })) }),
  // Version 0.2.0 knew one task.
  v.pipe(
    v.object({ ...headFields, level: v.nullable(v.string()) }),
    v.transform(({ level, ...head }) => ({ ...head, task: level === null ? null : { name: 'masquerade', level } })),
  ),
]);

export class GuestStore {
  readonly #database: Database<Schema>;

  constructor(name = 'waltz-guests') {
    this.#database = new Database(name, {
      version: 1,
      upgrade: (database) => {
        database.createObjectStore('heads', { keyPath: 'id' });
        database.createObjectStore('guests');
      },
    });
  }

  /** Newest first. What cannot be opened is named in `aside`. */
  async list(): Promise<{ guests: KeptGuest[]; aside: AsideGuest[] }> {
    const heads = await this.#database.with((database) => database.getAll('heads'));
    const guests: KeptGuest[] = [];
    const aside: AsideGuest[] = [];
    for (const head of heads) {
      const guest = readHead(head);
      if (guest && head.removedAt === null) guests.push(guest);
      else aside.push({ id: head.id, name: head.name, why: head.removedAt === null ? 'unreadable' : 'removed' });
    }
    return { guests: guests.sort((a, b) => b.addedAt - a.addedAt), aside };
  }

  /** Throws `GuestNotFoundError`, or `GuestUnreadableError` if what is kept is not a guest any more. */
  async load(id: string): Promise<Guest> {
    const { head, guest } = await this.#database.with(async (database) => {
      const transaction = database.transaction(everything);
      const [head, guest] = await Promise.all([
        transaction.objectStore('heads').get(id),
        transaction.objectStore('guests').get(id),
      ]);
      return { head, guest };
    });
    if (!head || !guest || head.removedAt !== null) throw notFound();
    try {
      return checkGuest({ ...guest, name: head.name }, head.name);
    } catch (error) {
      const message = `"${head.name}" cannot be read any more. Delete it, then import it again from its file.`;
      throw new GuestUnreadableError(message, { cause: error });
    }
  }

  /** Keeps guests, all or none, and answers their ids. */
  async keep(guests: readonly { guest: Guest; origin: Origin }[], addedAt = Date.now()): Promise<string[]> {
    const entries = guests.map(({ guest, origin: { task, role } }) => {
      const { name, config, parameters, onnx } = guest;
      const bytes = (parameters?.byteLength ?? 0) + (onnx?.byteLength ?? 0);
      const weights = { bytes, engine: parameters !== null, onnx: onnx !== null };
      const head: Head = { id: crypto.randomUUID(), name, config, ...weights, addedAt, task, role, removedAt: null };
      return { head, guest };
    });
    await this.#database.with(async (database) => {
      const transaction = database.transaction(everything, 'readwrite', { durability: 'strict' });
      try {
        for (const { head, guest } of entries) {
          leaveToTransaction(transaction.objectStore('heads').put(head));
          leaveToTransaction(transaction.objectStore('guests').put(guest, head.id));
        }
      } catch (error) {
        // What was asked for before would be kept otherwise.
        abort(transaction);
        await transaction.done.catch(() => undefined);
        throw error;
      }
      await transaction.done;
    });
    return entries.map(({ head }) => head.id);
  }

  /** Throws `StoreError` where the name is empty or too long. */
  async rename(id: string, name: string): Promise<void> {
    const trimmed = name.trim();
    if (trimmed === '' || trimmed.length > LONGEST_NAME) {
      throw new StoreError(`A model's name has 1 to ${LONGEST_NAME} characters. It keeps the one that it has.`);
    }
    await this.#mark(id, { name: trimmed });
  }

  /** Sets it aside; `bringBack` undoes that until it is purged. */
  async remove(id: string, removedAt = Date.now()): Promise<void> {
    await this.#mark(id, { removedAt });
  }

  async bringBack(id: string): Promise<void> {
    await this.#mark(id, { removedAt: null });
  }

  /** Forgets for good what was set aside at this time or before. Answers how many guests that were. */
  async purge(before: number): Promise<number> {
    return await this.#database.with(async (database) => {
      const transaction = database.transaction(everything, 'readwrite');
      const heads = await transaction.objectStore('heads').getAll();
      const gone = heads.filter(({ removedAt }) => removedAt !== null && removedAt <= before);
      const requests = gone.flatMap(({ id }) => everything.map((store) => transaction.objectStore(store).delete(id)));
      await Promise.all([...requests, transaction.done]);
      return gone.length;
    });
  }

  /** Lets go of the database; the next call opens it again. */
  async close(): Promise<void> {
    await this.#database.close();
  }

  async #mark(id: string, marks: Partial<Pick<Head, 'name' | 'removedAt'>>): Promise<void> {
    await this.#database.with(async (database) => {
      const transaction = database.transaction('heads', 'readwrite');
      const head = await transaction.store.get(id);
      if (head) await transaction.store.put({ ...head, ...marks });
      await transaction.done;
      if (!head) throw notFound();
    });
  }
}

function readHead(value: unknown): KeptGuest | null {
  const read = v.safeParse(headSchema, value);
  if (!read.success) return null;
  try {
    return { ...read.output, config: readLlamaConfig({ model_type: 'llama', ...read.output.config }) };
  } catch {
    return null;
  }
}

function notFound(): GuestNotFoundError {
  return new GuestNotFoundError('This model is no longer kept here. Import it again from its file.');
}
