/**
 * Guests, apart from the runs. A small one is in IndexedDB with its weights. Of one with more than `LARGE` bytes of weights
 * the record names the files that it came from, which are kept elsewhere and read again. A record is written in one transaction,
 * after its files: a guest is there whole, or not at all.
 */
import type { DBSchema } from 'idb';
import * as v from 'valibot';
import type { LlamaConfig } from '../model/config';
import type { TaskChoice } from '../task/task-tag';
import type { Guest } from './guest';
import { checkGuest, LONGEST_NAME } from './guest-check';
import type { GuestSource, GuestSources, KeptSource } from './guest-source';
import { readLlamaConfig } from './llama-config';
import { Database } from './store-database';
import { GuestNotFoundError, GuestUnreadableError, StoreError } from './store-errors';
import { abort, leaveToTransaction } from './store-transaction';

/** A guest as a list shows it, without its weights. */
export interface KeptGuest {
  id: string;
  name: string;
  config: LlamaConfig;
  /** Bytes of its weights, or of its files, as they are kept. */
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

/** A guest to keep. `source` is asked for where it is large; without one it is kept whole. */
export interface GuestToKeep {
  guest: Guest;
  origin: Origin;
  source?: () => GuestSource;
}

/** `source` is missing in a record whose guest is in `guests`. */
type Head = KeptGuest & { removedAt: number | null; source?: KeptSource };

interface Schema extends DBSchema {
  heads: { key: string; value: Head };
  guests: { key: string; value: Guest };
}

/** Bytes of weights, as f32, up to which a guest is kept whole: toy agents are far below. */
const LARGE = 2 ** 24;
const everything = ['heads', 'guests'] as const;
const sourceSchema = v.object({
  files: v.array(v.object({ path: v.string(), blob: v.string(), bytes: v.number() })),
  at: v.number(),
});
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
  readonly #sources: GuestSources | null;
  readonly #large: number;

  /** Without `sources` every guest is kept whole. `large` is for tests. */
  constructor(name: string, sources: GuestSources | null = null, large = LARGE) {
    this.#sources = sources;
    this.#large = large;
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
    if (!head || head.removedAt !== null) throw notFound();
    if (head.source) return await this.#read(head.name, head.source);
    if (!guest) throw notFound();
    try {
      return checkGuest({ ...guest, name: head.name }, head.name);
    } catch (error) {
      const message = `"${head.name}" cannot be read any more. Delete it, then import it again from its file.`;
      throw new GuestUnreadableError(message, { cause: error });
    }
  }

  /** Where files are read everything is checked, as it was when they were taken in. */
  async #read(name: string, source: unknown): Promise<Guest> {
    try {
      if (!this.#sources) throw new Error('this browser gives this page no files of its own');
      return { ...(await this.#sources.read(v.parse(sourceSchema, source))), name };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new GuestUnreadableError(`"${name}" could not be opened: ${why}`, { cause: error });
    }
  }

  /** Names of the kept files that any record needs, also one that is set aside or not readable otherwise. */
  async blobs(): Promise<string[]> {
    const heads = await this.#database.with((database) => database.getAll('heads'));
    return heads.flatMap(({ source }) => {
      const read = v.safeParse(sourceSchema, source);
      return read.success ? read.output.files.map(({ blob }) => blob) : [];
    });
  }

  /** Keeps guests, all or none, and answers their ids. Throws a `StoreError`, or what reading their files throws. */
  async keep(guests: readonly GuestToKeep[], addedAt = Date.now()): Promise<string[]> {
    const entries = guests.map((one): Entry => ({ ...one, source: undefined, addedAt }));
    const isLarge = ({ guest, source }: GuestToKeep) => source !== undefined && weightBytes(guest) > this.#large;
    const large = guests.flatMap((one, i) => (isLarge(one) ? [{ entry: entries[i], source: one.source! }] : []));
    if (!this.#sources || large.length === 0 || !(await this.#sources.available())) return await this.#put(entries);
    const offered = large.map(({ source }) => source());
    return await this.#sources.keep(offered, (kept) => {
      kept.forEach((source, i) => (large[i].entry.source = source));
      return this.#put(entries);
    });
  }

  async #put(entries: readonly Entry[]): Promise<string[]> {
    const heads = entries.map(headOf);
    await this.#database.with(async (database) => {
      const transaction = database.transaction(everything, 'readwrite', { durability: 'strict' });
      try {
        for (const [i, { guest, source }] of entries.entries()) {
          leaveToTransaction(transaction.objectStore('heads').put(heads[i]));
          if (!source) leaveToTransaction(transaction.objectStore('guests').put(guest, heads[i].id));
        }
      } catch (error) {
        // What was asked for before would be kept otherwise.
        abort(transaction);
        await transaction.done.catch(() => undefined);
        throw error;
      }
      await transaction.done;
    });
    return heads.map(({ id }) => id);
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

  /** Forgets for good what was set aside at this time or before, and frees files that nobody needs. Answers how many guests that were. */
  async purge(before: number): Promise<number> {
    const gone = await this.#database.with(async (database) => {
      const transaction = database.transaction(everything, 'readwrite');
      const heads = await transaction.objectStore('heads').getAll();
      const gone = heads.filter(({ removedAt }) => removedAt !== null && removedAt <= before);
      const requests = gone.flatMap(({ id }) => everything.map((store) => transaction.objectStore(store).delete(id)));
      await Promise.all([...requests, transaction.done]);
      return gone.length;
    });
    await this.#sources?.sweep();
    return gone;
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

/** A guest on its way in, with its files as they are kept where it is large. */
interface Entry {
  guest: Guest;
  origin: Origin;
  addedAt: number;
  source: KeptSource | undefined;
}

function headOf({ guest, origin: { task, role }, addedAt, source }: Entry): Head {
  const { name, config, parameters, onnx } = guest;
  const bytes = source ? source.files.reduce((sum, file) => sum + file.bytes, 0) : weightBytes(guest);
  const weights = { bytes, engine: parameters !== null, onnx: onnx !== null };
  const head = { id: crypto.randomUUID(), name, config, ...weights, addedAt, task, role, removedAt: null };
  return source ? { ...head, source } : head;
}

function weightBytes({ parameters, onnx }: Guest): number {
  return (parameters?.byteLength ?? 0) + (onnx?.byteLength ?? 0);
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
