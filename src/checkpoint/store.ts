/**
 * Saved runs in IndexedDB. A save is one transaction, so a reader sees the checkpoint before it or after it and nothing
 * between; of the history only what is new is written.
 */
import type { IDBPTransaction } from 'idb';
import * as v from 'valibot';
import { checkAgents, type RunFormat, type RunSnapshot, isReadable } from './snapshot';
import type { Provenance } from '../model/provenance';
import { Database } from './store-database';
import { RunConflictError, RunNotFoundError, RunUnreadableError, StoreError } from './store-errors';
import { range, renewed, everything, histories, upgrade, VERSION, type Head, type Schema } from './store-schema';
import { abort, leaveToTransaction } from './store-transaction';

/** Most checkpoints that are kept of a run: its latest milestones and the last one. */
export const KEPT_CHECKPOINTS = 3;

/** What a list of saved runs shows. */
export interface StoredRun<Config, Evaluation> {
  run: string;
  name: string;
  config: Config;
  step: number;
  finished: boolean;
  /** Milliseconds since the epoch. */
  savedAt: number;
  pinned: boolean;
  provenance: Provenance;
  /** Its last evaluation; where one was asked for after the same step, that. */
  latest: Evaluation | null;
  /** Steps at which it can be loaded, in order. */
  checkpoints: number[];
}

/** A run that cannot be opened: deleted and not gone yet, or not readable by this version. */
export interface AsideRun {
  run: string;
  name: string;
  savedAt: number;
  why: 'removed' | 'unreadable';
}

/** How a run's history went on, without its agents. */
export interface RunHistory<Metrics, Evaluation, Measured> {
  metrics: Metrics[];
  evaluations: Evaluation[];
  measured: Measured[];
}

export interface SaveOptions {
  savedAt?: number;
  /** Whether this checkpoint outlives the next save. */
  milestone?: boolean;
}

export class RunStore<
  Config,
  Metrics,
  Evaluation extends { step: number },
  Measured extends { evaluation: Evaluation },
> {
  readonly #format: RunFormat<Config, Metrics, Evaluation, Measured>;
  readonly #database: Database<Schema>;

  constructor(format: RunFormat<Config, Metrics, Evaluation, Measured>, name = 'waltz') {
    this.#format = format;
    this.#database = new Database(name, { version: VERSION, upgrade });
  }

  /** Newest first. What cannot be opened is named in `aside`. */
  async list(): Promise<{ runs: StoredRun<Config, Evaluation>[]; aside: AsideRun[] }> {
    const { heads, evaluations, measured } = await this.#database.with(async (database) => {
      const transaction = database.transaction(['heads', 'evaluations', 'measured']);
      const heads = await transaction.objectStore('heads').getAll();
      const last = (store: 'evaluations' | 'measured') =>
        Promise.all(heads.map(({ run, [store]: n = 0 }) => transaction.objectStore(store).get([run, n - 1])));
      return { heads, evaluations: await last('evaluations'), measured: await last('measured') };
    });
    const runs: StoredRun<Config, Evaluation>[] = [];
    const aside: AsideRun[] = [];
    heads.forEach((head, i) => {
      const { run, name, step, finished, savedAt, pinned, provenance, milestones, removedAt } = head;
      const config = v.safeParse(this.#format.config, head.config);
      const own = v.safeParse(v.optional(this.#format.evaluation), evaluations[i]);
      const asked = v.safeParse(v.optional(this.#format.measured), measured[i]);
      const readable = config.success && own.success && asked.success && isReadable(head.configVersion, this.#format);
      if (removedAt !== null || !readable) {
        aside.push({ run, name, savedAt, why: removedAt === null ? 'unreadable' : 'removed' });
        return;
      }
      const checkpoints = milestones.includes(step) ? milestones : [...milestones, step];
      const latest = later(own.output, asked.output?.evaluation) ?? null;
      const read = { config: config.output, latest, checkpoints };
      runs.push({ run, name, step, finished, savedAt, pinned, provenance, ...read });
    });
    runs.sort((a, b) => b.savedAt - a.savedAt);
    aside.sort((a, b) => b.savedAt - a.savedAt);
    return { runs, aside };
  }

  /**
   * A run at its last checkpoint, or at an earlier one that was kept. Throws `RunNotFoundError`, or `RunUnreadableError`
   * if what is stored does not fit this version.
   */
  async load(run: string, at?: number): Promise<RunSnapshot<Config, Metrics, Evaluation, Measured>> {
    const { head, checkpoint, ...rows } = await this.#database.with(async (database) => {
      // One transaction: the history belongs to the checkpoint even if a save comes in between.
      const transaction = database.transaction(everything);
      const head = existing(await transaction.objectStore('heads').get(run));
      const [checkpoint, metrics, evaluations, measured] = await Promise.all([
        transaction.objectStore('checkpoints').get([run, at ?? head.step]),
        ...histories.map((store) => transaction.objectStore(store).getAll(range(run))),
      ]);
      return { head, checkpoint, metrics, evaluations, measured };
    });
    const { name } = head;
    if (!checkpoint) {
      throw new RunNotFoundError(`"${name}" has no checkpoint at step ${at ?? head.step}. Choose another one.`);
    }
    const { configVersion, ...rest } = renewed(checkpoint);
    if (!isReadable(configVersion, this.#format)) throw unreadable(name);
    const { metrics, evaluations, measured } = this.#readHistory(rows, head);
    const config = this.#read(this.#format.config, rest.config, name);
    if (this.#format.contradiction(config, { evaluations, measured }) !== null) throw unreadable(name);
    checkAgents(rest);
    return {
      ...rest,
      ...{ name, config },
      metrics: metrics.slice(0, rest.step),
      // One at this very step may be younger than the checkpoint: it measured the same agents.
      evaluations: evaluations.filter(({ step }) => step <= rest.step),
      measured: measured.filter(({ evaluation }) => evaluation.step <= rest.step),
    };
  }

  /** What `load` gives, without the agents. */
  async history(run: string): Promise<RunHistory<Metrics, Evaluation, Measured>> {
    const { head, ...rows } = await this.#database.with(async (database) => {
      const transaction = database.transaction(['heads', ...histories]);
      const head = existing(await transaction.objectStore('heads').get(run));
      const [metrics, evaluations, measured] = await Promise.all(
        histories.map((store) => transaction.objectStore(store).getAll(range(run))),
      );
      return { head, metrics, evaluations, measured };
    });
    return this.#readHistory(rows, head);
  }

  /**
   * Saves a run that has gone on from what is stored of it, or a new one. Throws `RunConflictError` rather than take it
   * back. All or nothing. A name that was changed meanwhile stays. Answers whether anything of the run was kept before.
   */
  async save(
    snapshot: RunSnapshot<Config, Metrics, Evaluation, Measured>,
    options: SaveOptions = {},
  ): Promise<boolean> {
    const { savedAt = Date.now(), milestone = false } = options;
    const { metrics, evaluations, measured, ...checkpoint } = snapshot;
    const { run, name, config, step, finished, provenance } = checkpoint;
    const { configVersion } = this.#format;
    checkAgents(snapshot);
    if (metrics.length !== step) {
      throw new StoreError(
        `"${name}" is at step ${step} but has metrics of ${metrics.length} steps. Restore it first.`,
      );
    }
    return await this.#database.with(async (database) => {
      const transaction = database.transaction(everything, 'readwrite', { durability: 'strict' });
      // Handled at once: an abort must not become an unhandled rejection while another request is awaited.
      const done = transaction.done.then(
        () => null,
        (error: unknown) => ({ error }),
      );
      let before: Head | undefined;
      try {
        before = await transaction.objectStore('heads').get(run);
        const fewer = histories.some((store) => (before?.[store] ?? 0) > snapshot[store].length);
        if (before && (before.step > step || fewer)) {
          throw new RunConflictError(
            `"${name}" is saved at step ${before.step}, further than this one at step ${step}. Restore it to go on from there.`,
          );
        }
        for (const store of histories) {
          for (let i = before?.[store] ?? 0; i < snapshot[store].length; i++) {
            leaveToTransaction(transaction.objectStore(store).put(snapshot[store][i], [run, i]));
          }
        }
        const milestones = (before?.milestones ?? []).filter((each) => each !== step);
        if (milestone || before?.milestones.includes(step)) milestones.push(step);
        // The last checkpoint, where it is no milestone, comes on top of them.
        const dropped = milestones.splice(0, milestones.length + 1 - KEPT_CHECKPOINTS);
        if (before && before.step !== step && !milestones.includes(before.step)) dropped.push(before.step);
        const checkpoints = transaction.objectStore('checkpoints');
        for (const each of dropped) leaveToTransaction(checkpoints.delete([run, each]));
        leaveToTransaction(checkpoints.put({ ...checkpoint, configVersion }, [run, step]));
        const counts = { metrics: metrics.length, evaluations: evaluations.length, measured: measured.length };
        const { pinned, removedAt, name: called } = before ?? { pinned: false, removedAt: null, name };
        const marks = { name: called, pinned, removedAt, milestones };
        const head: Head = { run, config, configVersion, step, finished, savedAt, provenance, ...counts, ...marks };
        leaveToTransaction(transaction.objectStore('heads').put(head));
      } catch (error) {
        abort(transaction);
        const failed = await done;
        // A transaction that the browser itself aborted says why; its requests only say that it was aborted.
        throw failed?.error instanceof DOMException && failed.error.name !== 'AbortError' ? failed.error : error;
      }
      const failed = await done;
      if (failed) throw failed.error;
      return before !== undefined;
    });
  }

  /** Changes what people decide of a run. One that is marked as removed is not opened any more, until it is unmarked. */
  async mark(run: string, marks: Partial<Pick<Head, 'name' | 'pinned' | 'removedAt'>>): Promise<void> {
    await this.#database.with(async (database) => {
      const transaction = database.transaction('heads', 'readwrite');
      const head = await transaction.store.get(run);
      if (head) await transaction.store.put({ ...head, ...marks });
      await transaction.done;
      if (!head) throw notFound();
    });
  }

  /** Forgets for good what was marked as removed at this time or before. Answers how many runs that were. */
  async purge(before: number): Promise<number> {
    return await this.#database.with(async (database) => {
      const transaction = database.transaction(everything, 'readwrite');
      const heads = await transaction.objectStore('heads').getAll();
      const gone = heads.filter(({ removedAt }) => removedAt !== null && removedAt <= before);
      await Promise.all([...gone.flatMap(({ run }) => forgotten(transaction, run)), transaction.done]);
      return gone.length;
    });
  }

  /** Forgets a run at once and for good, whether or not it is there. */
  async discard(run: string): Promise<void> {
    await this.#database.with(async (database) => {
      const transaction = database.transaction(everything, 'readwrite');
      await Promise.all([...forgotten(transaction, run), transaction.done]);
    });
  }

  /** Forgets a run for good where it is marked as removed. */
  async discardRemoved(run: string): Promise<void> {
    await this.#database.with(async (database) => {
      const transaction = database.transaction(everything, 'readwrite');
      const head = await transaction.objectStore('heads').get(run);
      const gone = head && head.removedAt !== null ? forgotten(transaction, run) : [];
      await Promise.all([...gone, transaction.done]);
    });
  }

  /** Lets go of the database; the next call opens it again. */
  async close(): Promise<void> {
    await this.#database.close();
  }

  #readHistory(
    { metrics, evaluations, measured }: Record<(typeof histories)[number], unknown[]>,
    { name, step }: Head,
  ): RunHistory<Metrics, Evaluation, Measured> {
    if (metrics.length !== step) throw unreadable(name);
    return {
      metrics: this.#read(v.array(this.#format.metrics), metrics, name),
      evaluations: this.#read(v.array(this.#format.evaluation), evaluations, name),
      measured: this.#read(v.array(this.#format.measured), measured, name),
    };
  }

  #read<Output>(schema: v.GenericSchema<unknown, Output>, value: unknown, name: string): Output {
    const read = v.safeParse(schema, value);
    if (!read.success) throw unreadable(name);
    return read.output;
  }
}

function later<E extends { step: number }>(own: E | undefined, asked: E | undefined): E | undefined {
  return asked && (!own || asked.step >= own.step) ? asked : own;
}

/** Requests that delete all that is kept of a run. */
function forgotten(transaction: IDBPTransaction<Schema, typeof everything, 'readwrite'>, run: string) {
  return [
    transaction.objectStore('heads').delete(run),
    ...(['checkpoints', ...histories] as const).map((store) => transaction.objectStore(store).delete(range(run))),
  ];
}

/** The head of a run that is there and not deleted. */
function existing(head: Head | undefined): Head {
  if (!head || head.removedAt !== null) throw notFound();
  return head;
}

function notFound(): RunNotFoundError {
  return new RunNotFoundError('This run is no longer saved here. Start a new one, or import its file.');
}

function unreadable(name: string): RunUnreadableError {
  return new RunUnreadableError(
    `"${name}" was saved by another version of this page and cannot go on here. Open it with that version, or delete it.`,
  );
}
