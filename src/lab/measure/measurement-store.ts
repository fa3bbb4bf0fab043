/** Measurements in IndexedDB. A batch of answers is kept in one transaction with the figures that it makes. */
import type { DBSchema } from 'idb';
import { Database } from '../../checkpoint/store-database';
import { StoreError } from '../../checkpoint/store-errors';
import type { Verdict } from '../../task/judge';
import type { RealPrompt } from '../../tasks/prompts';
import type { MeasuredAnswer } from './measure';
import type { MeasurementHead, SecondJudging } from './measurement';
import { readAnswers, readHead, readPrompts, readVerdicts } from './measurement-schema';

/** A measurement that is not kept here, or that this version cannot read. */
export class MeasurementNotFoundError extends StoreError {
  override name = 'MeasurementNotFoundError';
}

/** Answers that another tab has given meanwhile. */
export class MeasurementConflictError extends StoreError {
  override name = 'MeasurementConflictError';
}

/** One that is deleted and not gone yet, or not readable by this version. */
export interface AsideMeasurement {
  id: string;
  why: 'removed' | 'unreadable';
}

/** With everything that was asked, and answered so far. */
export interface KeptMeasurement {
  head: MeasurementHead;
  prompts: RealPrompt[];
  answers: MeasuredAnswer[];
  /** Verdicts of the second judge, as far as it is. */
  second: (Verdict | null)[];
}

/** What a batch adds. */
export type Progress = Pick<MeasurementHead, 'done' | 'report' | 'computed' | 'spent' | 'requests'>;

interface Schema extends DBSchema {
  heads: { key: string; value: MeasurementHead & { removedAt: number | null } };
  prompts: { key: string; value: RealPrompt[] };
  /** Keys are (measurement, place of the first answer). */
  answers: { key: [string, number]; value: MeasuredAnswer[] };
  /** What a second judge says of each, null of what was not asked; keys are the same. */
  second: { key: [string, number]; value: (Verdict | null)[] };
}

const everything = ['heads', 'prompts', 'answers', 'second'] as const;

export class MeasurementStore {
  readonly #database: Database<Schema>;

  constructor(name = 'waltz-measurements') {
    this.#database = new Database(name, {
      version: 2,
      upgrade: (database, before) => {
        if (before < 1) {
          database.createObjectStore('heads', { keyPath: 'id' });
          database.createObjectStore('prompts');
          database.createObjectStore('answers');
        }
        database.createObjectStore('second');
      },
    });
  }

  /** Newest first. What cannot be opened is in `aside`. */
  async list(): Promise<{ kept: MeasurementHead[]; aside: AsideMeasurement[] }> {
    const heads = await this.#database.with((database) => database.getAll('heads'));
    const kept: MeasurementHead[] = [];
    const aside: AsideMeasurement[] = [];
    for (const head of heads) {
      const read = readHead(head);
      if (head.removedAt !== null) aside.push({ id: head.id, why: 'removed' });
      else if (read) kept.push(read);
      else aside.push({ id: head.id, why: 'unreadable' });
    }
    return { kept: kept.sort((a, b) => b.startedAt - a.startedAt), aside };
  }

  /** Keeps a measurement before its first answer. */
  async begin(head: MeasurementHead, prompts: readonly RealPrompt[]): Promise<void> {
    await this.#database.with(async (database) => {
      const transaction = database.transaction(everything, 'readwrite');
      await Promise.all([
        transaction.objectStore('heads').put({ ...head, removedAt: null }),
        transaction.objectStore('prompts').put([...prompts], head.id),
        transaction.done,
      ]);
    });
  }

  /** Throws `MeasurementNotFoundError`. */
  async load(id: string): Promise<KeptMeasurement> {
    const found = await this.#database.with(async (database) => {
      const transaction = database.transaction(everything);
      const [head, prompts, answers, second] = await Promise.all([
        transaction.objectStore('heads').get(id),
        transaction.objectStore('prompts').get(id),
        transaction.objectStore('answers').getAll(batchesOf(id)),
        transaction.objectStore('second').getAll(batchesOf(id)),
      ]);
      return { head, prompts, answers: answers.flat(), second: second.flat() };
    });
    const head = found.head?.removedAt === null ? readHead(found.head) : null;
    const [prompts, answers] = [readPrompts(found.prompts), readAnswers(found.answers)];
    const second = readVerdicts(found.second);
    if (!head || !prompts || answers?.length !== head.done || prompts.length !== head.total) throw notFound();
    if (second?.length !== (head.second?.done ?? 0)) throw notFound();
    return { head, prompts, answers, second };
  }

  /** Adds a batch. Throws `MeasurementConflictError` where other answers stand in its place. */
  async append(id: string, from: number, answers: readonly MeasuredAnswer[], progress: Progress): Promise<void> {
    await this.#database.with(async (database) => {
      const transaction = database.transaction(['heads', 'answers'], 'readwrite');
      const heads = transaction.objectStore('heads');
      const head = await heads.get(id);
      const fits = head?.done === from;
      if (head && fits) {
        await heads.put({ ...head, ...progress });
        await transaction.objectStore('answers').put([...answers], [id, from]);
      }
      await transaction.done;
      if (!head) throw notFound();
      if (!fits) throw conflict();
    });
  }

  /** Begins with a second judge, in the place of any other. */
  async beginSecond(id: string, second: SecondJudging): Promise<void> {
    await this.#database.with(async (database) => {
      const transaction = database.transaction(['heads', 'second'], 'readwrite');
      const head = await transaction.objectStore('heads').get(id);
      if (head) {
        await transaction.objectStore('heads').put({ ...head, second });
        await transaction.objectStore('second').delete(batchesOf(id));
      }
      await transaction.done;
      if (!head) throw notFound();
    });
  }

  /** Adds what the second judge says of a batch. Throws `MeasurementConflictError` where something else stands in its place. */
  async appendSecond(
    id: string,
    from: number,
    verdicts: readonly (Verdict | null)[],
    second: SecondJudging,
  ): Promise<void> {
    await this.#database.with(async (database) => {
      const transaction = database.transaction(['heads', 'second'], 'readwrite');
      const head = await transaction.objectStore('heads').get(id);
      const fits = head?.second?.done === from;
      if (head && fits) {
        await transaction.objectStore('heads').put({ ...head, second });
        await transaction.objectStore('second').put([...verdicts], [id, from]);
      }
      await transaction.done;
      if (!head) throw notFound();
      if (!fits) throw conflict();
    });
  }

  /** Sets it aside; `bringBack` undoes that until it is purged. */
  async remove(id: string, removedAt = Date.now()): Promise<void> {
    await this.#mark(id, removedAt);
  }

  async bringBack(id: string): Promise<void> {
    await this.#mark(id, null);
  }

  /** Forgets for good what was set aside at this time or before. */
  async purge(before: number): Promise<void> {
    await this.#database.with(async (database) => {
      const transaction = database.transaction(everything, 'readwrite');
      const heads = await transaction.objectStore('heads').getAll();
      const gone = heads.filter(({ removedAt }) => removedAt !== null && removedAt <= before);
      const requests = gone.flatMap(({ id }) => [
        transaction.objectStore('heads').delete(id),
        transaction.objectStore('prompts').delete(id),
        transaction.objectStore('answers').delete(batchesOf(id)),
        transaction.objectStore('second').delete(batchesOf(id)),
      ]);
      await Promise.all([...requests, transaction.done]);
    });
  }

  async #mark(id: string, removedAt: number | null): Promise<void> {
    await this.#database.with(async (database) => {
      const transaction = database.transaction('heads', 'readwrite');
      const head = await transaction.store.get(id);
      if (head) await transaction.store.put({ ...head, removedAt });
      await transaction.done;
      if (!head) throw notFound();
    });
  }
}

const batchesOf = (id: string) => IDBKeyRange.bound([id, 0], [id, Number.MAX_SAFE_INTEGER]);

function conflict(): MeasurementConflictError {
  return new MeasurementConflictError(
    'Another tab goes on with this measurement. Reload this page to see how far it is.',
  );
}

function notFound(): MeasurementNotFoundError {
  return new MeasurementNotFoundError(
    'This measurement is no longer kept here, or is of another version. Delete it, and measure again.',
  );
}
