import * as v from 'valibot';
import { presets } from '../../src/lab/config';
import { perform, type Progress, type Workshop } from '../../src/lab/reproduction/perform';
import { parseResultLines, resultLines } from '../../src/lab/reproduction/result-lines';
import {
  preferred,
  stands,
  subjectFrom,
  subjectId,
  type Result,
  type Subject,
} from '../../src/lab/reproduction/result';
import { tableNames, tables } from '../../src/lab/reproduction/tables';
import type { Level } from '../../src/world/world';
import { wireError } from '../answer';
import type { Engine, Ports } from '../ports';
import type { Event, QueueStatus, ReproductionOrder } from '../protocol';
import { checkpointOf, discardStale } from './checkpoints';
import { orderSchema } from './store';
import { reportKept } from './report';
import { View } from './view';
import { RunLockedError } from '../run-lock';
import { Stint } from './stint';
import { Tempo } from './tempo';
import { browserWorkshop, type Benches } from './workshop';

/** The order asks for what there is not. */
export class OrderError extends Error {
  override name = 'OrderError';
}

export class QueueLockedError extends Error {
  override name = 'QueueLockedError';

  constructor() {
    super('Another tab has the queue in hand. Close that tab, then try again: two queues would share one GPU.');
  }
}

export class NoQueueError extends Error {
  override name = 'NoQueueError';

  constructor() {
    super('There is no queue. Choose tables, then start one.');
  }
}

/** What a reproducer needs of the world around it. */
export interface ReproducerPorts extends Omit<Benches, 'engine'> {
  emit(event: Event): void;
  lock: Ports['lock'];
  /** The GPU that is open, if one is. */
  engine(): Engine | null;
  /** The GPU that is open. Throws where none is. */
  opened(): Engine;
}

/** Works off a queue of runs to train and measure, one after another, as long as nothing else wants the GPU. */
export class Reproducer {
  readonly #ports: ReproducerPorts;
  readonly #workshop: Workshop;
  #view: View | null = null;
  /** Gives the queue back; null while there is none in hand. */
  #unlock: (() => void) | null = null;
  #elsewhere = false;
  /** All results of this browser: read and checked once, for they may be thousands. */
  #kept: Promise<Map<string, Result>> | null = null;
  #stopping = false;
  #work: Promise<void> | null = null;
  #stint: Stint | null = null;
  #tempo = new Tempo({});
  /** Whose pace that is. */
  #adapter: string | null = null;
  #memory: Extract<Event, { kind: 'reproduce.state' }>['memory'] = null;

  constructor(ports: ReproducerPorts) {
    this.#ports = ports;
    this.#workshop = browserWorkshop({ ...ports, engine: () => ports.opened() });
  }

  /** Shows the kept queue or, where there is none, what is kept of this order. `free`: nothing else is in hand. */
  async open(unchecked: ReproductionOrder, free: boolean): Promise<void> {
    const offered = tableNames.map((name) => ({ name, title: tables[name].title }));
    this.#ports.emit({ kind: 'reproduce.tables', tables: offered });
    if (await this.recall(free)) return;
    const order = checked(unchecked);
    await this.#tidy(order);
    await this.#look(order);
    await this.#tell();
  }

  /** Shows the kept queue, and goes on with it if it was at work and is no other tab's. Answers whether there is one. */
  async recall(free: boolean): Promise<boolean> {
    if (this.#unlock) {
      await this.#tell();
      return true;
    }
    const kept = await this.#ports.reproductions.queue();
    this.#elsewhere = false;
    if (!kept) return false;
    await this.#look(kept.order);
    await this.#lock().catch(unlessLocked);
    // It is in hand only where no other tab has it.
    const unlock = this.#unlock as (() => void) | null;
    this.#elsewhere = unlock === null;
    if (unlock) await this.#tidy(kept.order);
    await this.#tell();
    if (kept.running && unlock && free && this.#ports.engine()) this.#go();
    return true;
  }

  async start(unchecked: ReproductionOrder): Promise<void> {
    await this.#look(checked(unchecked));
    if (!this.#unlock) await this.#lock();
    this.#elsewhere = false;
    await this.#keepQueue(true);
    await this.#tell();
    this.#go();
  }

  async resume(): Promise<void> {
    if (!this.#unlock) throw new NoQueueError();
    await this.#keepQueue(true);
    await this.#tell();
    this.#go();
  }

  /** Whether the GPU is in use, or will be until the step in hand ends. */
  get working(): boolean {
    return this.#work !== null;
  }

  async pause(): Promise<void> {
    if (!this.#unlock) throw new NoQueueError();
    if (!this.#work || this.#stopping) return;
    this.#stopping = true;
    this.#tellState();
    await this.#keepQueue(false);
  }

  /** Pauses, and resolves when the GPU is free. */
  async rest(): Promise<void> {
    if (this.#work && this.#unlock) await this.pause();
    await this.#work;
  }

  /** Results of a file join those that are kept, and replace none that is better. Throws `ResultLinesError`, and then none does. */
  async import(text: string): Promise<void> {
    const results = parseResultLines(text);
    const bases = new Map<Level, string>();
    for (const { config } of results) bases.set(config.level, (await this.#workshop.beginning(config.level)).base);
    const standing = (one: Result) => stands(one, bases.get(one.config.level)!, this.#workshop.build);
    await this.#ports.reproductions.join(
      results.map((result) => [subjectId(subjectFrom(result)), result]),
      (there, comes) => preferred(there, comes, standing),
    );
    this.#kept = null;
    if (!this.#view) return;
    await this.#look(this.#view.order);
    await this.#tell();
  }

  async export(): Promise<void> {
    const kept = await this.#ports.reproductions.all();
    this.#ports.emit({ kind: 'reproduce.exported', name: 'results.jsonl', text: resultLines([...kept.values()]) });
  }

  async cancel(): Promise<void> {
    await this.rest();
    if (!this.#unlock) throw new NoQueueError();
    await this.#forget();
    await this.#tell();
  }

  #go(): void {
    this.#stopping = false;
    this.#work ??= this.#workOff(this.#view!.subjects).finally(() => {
      this.#work = null;
      this.#stint = null;
      this.#tellState();
    });
    this.#tellState();
  }

  /** What is on show may be gathered anew meanwhile: it is asked each time. */
  async #workOff(subjects: readonly Subject[]): Promise<void> {
    try {
      for (const subject of subjects) {
        if (this.#view!.lacks(subject).length === 0) continue;
        const result = this.#stopping ? null : await this.#perform(subject, this.#view!.order);
        this.#stint = null;
        if (!result) return;
        this.#tellState();
      }
      await this.#forget();
    } catch (error) {
      await this.#keepQueue(false).catch(() => undefined);
      // What failed for want of a GPU is told as that.
      if (this.#ports.engine()) this.#ports.emit({ kind: 'error', id: null, of: null, error: wireError(error) });
    }
  }

  async #perform(subject: Subject, { prompts }: ReproductionOrder): Promise<Result | null> {
    const id = subjectId(subject);
    const { base } = await this.#workshop.beginning(subject.config.level);
    const unlock = subject.trained ? await this.#ports.lock(checkpointOf(id, base)) : () => undefined;
    const stint = (this.#stint = new Stint(id, subject.config, this.#tempo));
    this.#tellState();
    const open: Workshop['open'] = async (...what) => {
      const models = await this.#workshop.open(...what);
      stint.opened();
      return models;
    };
    const progress = (one: Progress) => {
      stint.heard(one);
      if (one.kind === 'training') this.#view!.stepped(id, one.step);
      this.#tellState();
    };
    const { results } = this.#workshop;
    const keep = async (_: string, result: Result) => {
      await results.keep(id, result);
      this.#view!.add(id, result);
      (await this.#kept)?.set(id, result);
      await this.#tellResults();
    };
    try {
      const result = await perform(
        subject,
        { ...this.#workshop, open, results: { find: () => results.find(id), keep } },
        { prompts, stopping: () => this.#stopping, progress },
      );
      if (result) stint.end();
      return result;
    } finally {
      unlock();
      await this.#keepPace();
    }
  }

  async #lock(): Promise<void> {
    try {
      this.#unlock = await this.#ports.lock('queue');
    } catch (error) {
      throw error instanceof RunLockedError ? new QueueLockedError() : error;
    }
  }

  async #keepQueue(running: boolean): Promise<void> {
    await this.#ports.reproductions.keepQueue({ order: this.#view!.order, running });
  }

  /** The queue is done, or not wanted any more. */
  async #forget(): Promise<void> {
    const unlock = this.#unlock;
    // First, so that no pause writes it again.
    this.#unlock = null;
    try {
      await this.#ports.reproductions.keepQueue(null);
    } finally {
      unlock?.();
    }
  }

  async #look(order: ReproductionOrder): Promise<void> {
    this.#view = await View.of(order, this.#workshop, this.#ports);
  }

  /** Only where no other tab may be at work: one with an older page goes on with what is stale here. */
  async #tidy({ preset }: ReproductionOrder): Promise<void> {
    await discardStale(presets[preset].level, this.#ports, this.#workshop);
  }

  async #learnPace(): Promise<void> {
    const adapter = this.#ports.engine()?.adapter.description ?? null;
    if (adapter === null || adapter === this.#adapter) return;
    this.#tempo = new Tempo(await this.#ports.reproductions.paces(adapter));
    this.#adapter = adapter;
  }

  /** A pace that is lost is learned again. */
  async #keepPace(): Promise<void> {
    if (this.#adapter === null) return;
    await this.#ports.reproductions.keepPaces(this.#adapter, this.#tempo.paces).catch(() => undefined);
  }

  async #tell(): Promise<void> {
    await this.#learnPace();
    const engine = this.#ports.engine();
    this.#memory = engine && this.#view!.memory(engine.largestBuffer);
    this.#tellState();
    await this.#tellResults();
  }

  #tellState(): void {
    const { order, subjects } = this.#view!;
    this.#ports.emit({
      ...{ kind: 'reproduce.state', order, status: this.#status(), memory: this.#memory },
      subjects: subjects.map((subject) => {
        const stint = this.#stint?.id === subjectId(subject) ? this.#stint : null;
        return this.#view!.queued(subject, stint, this.#tempo);
      }),
    });
  }

  async #tellResults(): Promise<void> {
    const { order } = this.#view!;
    const { build } = this.#workshop;
    this.#ports.emit({ kind: 'reproduce.results', order, build, tables: this.#view!.tables() });
    this.#kept ??= this.#ports.reproductions.all();
    // What could not be read is read again the next time.
    this.#kept.catch(() => (this.#kept = null));
    this.#ports.emit({ kind: 'reproduce.kept', results: reportKept(await this.#kept) });
  }

  #status(): QueueStatus {
    if (!this.#unlock) return this.#elsewhere ? 'elsewhere' : 'none';
    if (!this.#work) return 'paused';
    return this.#stopping ? 'pausing' : 'running';
  }
}

function checked(order: unknown): ReproductionOrder {
  const found = v.safeParse(orderSchema, order);
  if (found.success) return found.output;
  const [issue] = found.issues;
  throw new OrderError(`${v.getDotPath(issue) ?? 'The order'}: ${issue.message}. Choose again, then start.`);
}

/** Where another tab has the queue it can still be looked at. */
function unlessLocked(error: unknown): void {
  if (!(error instanceof QueueLockedError)) throw error;
}
