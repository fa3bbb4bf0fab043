import { presets } from '../../../src/lab/config';
import { runExperiment, type Progress, type ExperimentBackend } from '../../../src/lab/reproduction/run-experiment';
import { subjectId, type Result, type Subject } from '../../../src/lab/reproduction/result';
import type { KeptRun } from '../../../src/lab/run/run-format';
import { wireError } from '../../wire-error';
import type { Backend } from '../../../src/model/backend';
import type { Ports } from '../ports';
import type { QueueState, QueueStatus, ReproductionNews } from '../../protocol/reproduction';
import { checkpointOf, discardStale } from './checkpoints';
import { KeptThroughput } from './kept-throughput';
import { parseOrder, type ReproductionOrder } from '../../../src/lab/reproduction/order';
import { NoQueueError, Queue, QueueLockedError } from './queue';
import { reportKept } from '../../../src/lab/reproduction/report';
import { exportResults, forgetResults, importResults } from './results-file';
import { Job } from './job';
import { View } from './view';
import { browserExperimentBackend, type ExperimentBackendPorts } from './experiment-backend';

/** What a reproducer needs of the world around it. */
export interface ReproducerPorts extends Omit<ExperimentBackendPorts, 'backend'> {
  emit(news: ReproductionNews): void;
  lock: Ports['lock'];
  /** The backend that is open, if one is. */
  openBackend(): Backend | null;
  /** The backend that is open. Throws where none is. */
  backend(): Backend;
}

/** Works off a queue of runs to train and measure, one after another, as long as nothing else wants the GPU. */
export class Reproducer {
  readonly #ports: ReproducerPorts;
  readonly #backend: ExperimentBackend;
  readonly #queue: Queue;
  readonly #throughput: KeptThroughput;
  #view: View | null = null;
  /** All results of this browser: read and checked once, for they may be thousands. */
  #kept: Promise<Map<string, Result>> | null = null;
  #stopping = false;
  #work: Promise<void> | null = null;
  #job: Job | null = null;
  /** The run whose lock it has. */
  #locked: string | null = null;
  #memory: QueueState['memory'] = null;

  constructor(ports: ReproducerPorts) {
    this.#ports = ports;
    const { checkpoints, ...backend } = browserExperimentBackend(ports);
    const keep: typeof checkpoints.keep = async (...what) => {
      await checkpoints.keep(...what);
      await this.#gotFurther();
    };
    this.#backend = { ...backend, checkpoints: { ...checkpoints, keep } };
    this.#queue = new Queue(ports);
    this.#throughput = new KeptThroughput(ports);
  }

  /** Shows the kept queue or, where there is none, what is kept of this order. `free`: nothing else is in hand. */
  async open(unchecked: ReproductionOrder, free: boolean): Promise<void> {
    if (await this.recall(free)) return;
    const order = parseOrder(unchecked);
    await this.#tidy(order);
    await this.#look(order);
    await this.#tell();
  }

  /**
   * Shows the kept queue, and goes on with it if it was at work and is no other tab's. Answers whether there is one. Throws
   * `QueueStuckError`.
   */
  async recall(free: boolean): Promise<boolean> {
    if (this.#queue.held) {
      await this.#tell();
      return true;
    }
    const kept = await this.#queue.kept();
    if (!kept) return false;
    await this.#look(kept.order);
    const ours = await this.#queue.take();
    if (ours) await this.#tidy(kept.order);
    await this.#tell();
    if (ours && kept.running && free && this.#ports.openBackend()) {
      await this.#queue.retry(kept);
      this.#go();
    }
    return true;
  }

  async start(unchecked: ReproductionOrder): Promise<void> {
    await this.#look(parseOrder(unchecked));
    if (!(await this.#queue.take())) throw new QueueLockedError();
    await this.resume();
  }

  async resume(): Promise<void> {
    if (!this.#queue.held) throw new NoQueueError();
    await this.#keepQueue(true);
    await this.#tell();
    this.#go();
  }

  /** A run in hand was saved: what it says of the adapter's pace. */
  async heard(kept: KeptRun): Promise<void> {
    await this.#throughput.heard(kept);
  }

  /** Whether this saved run is the one that is worked on. */
  holds(run: string): boolean {
    return this.#locked === run;
  }

  /** Whether the GPU is in use, or will be until the step in hand ends. */
  get working(): boolean {
    return this.#work !== null;
  }

  async pause(): Promise<void> {
    if (!this.#queue.held) throw new NoQueueError();
    if (!this.#work || this.#stopping) return;
    this.#stopping = true;
    this.#tellState();
    await this.#keepQueue(false);
  }

  /** Pauses, and resolves when the GPU is free. */
  async rest(): Promise<void> {
    if (this.#work && this.#queue.held) await this.pause();
    await this.#work;
  }

  async import(text: string): Promise<void> {
    await importResults(text, this.#ports, this.#backend);
    await this.#lookAgain();
  }

  /** Answers the lines that bring them back. */
  async forget(ids: readonly string[]): Promise<string> {
    const lines = await forgetResults(ids, this.#ports);
    await this.#lookAgain();
    return lines;
  }

  async export(): Promise<{ name: string; text: string }> {
    return await exportResults(this.#ports);
  }

  async cancel(): Promise<void> {
    if (!this.#queue.held) throw new NoQueueError();
    await this.rest();
    // It may have come to its end meanwhile.
    if (this.#queue.held) await this.#queue.forget();
    await this.#tell();
  }

  #go(): void {
    this.#stopping = false;
    this.#work ??= this.#workOff(this.#view!.subjects).finally(() => {
      this.#work = null;
      this.#job = null;
      this.#tellState();
    });
    this.#tellState();
  }

  /** What is on show may be gathered anew meanwhile: it is asked each time. */
  async #workOff(subjects: readonly Subject[]): Promise<void> {
    try {
      for (const subject of subjects) {
        if (this.#view!.lacks(subject).length === 0) continue;
        const result = this.#stopping ? null : await this.#runExperiment(subject, this.#view!.order);
        this.#job = null;
        if (!result) return;
        this.#tellState();
      }
      await this.#queue.forget();
    } catch (error) {
      await this.#keepQueue(false).catch(() => undefined);
      // What failed for want of a GPU is told as that.
      if (!this.#ports.openBackend()) return;
      this.#ports.emit({ kind: 'reproduce.failed', while: 'working', error: wireError(error) });
    }
  }

  async #runExperiment(subject: Subject, { prompts }: ReproductionOrder): Promise<Result | null> {
    const id = subjectId(subject);
    const { base } = await this.#backend.beginning(subject.config);
    const run = subject.trained ? checkpointOf(id, base) : null;
    const unlock = run === null ? () => undefined : await this.#ports.lock(run);
    this.#locked = run;
    const job = (this.#job = new Job(id, subject.config, this.#throughput.current));
    this.#tellState();
    const open: ExperimentBackend['open'] = async (...what) => {
      const models = await this.#backend.open(...what);
      job.opened();
      return models;
    };
    const progress = (one: Progress) => {
      job.heard(one);
      if (one.kind === 'training') this.#view!.stepped(id, one.step);
      this.#tellState();
    };
    const { results } = this.#backend;
    const keep = async (_: string, result: Result) => {
      await results.keep(id, result);
      await this.#gotFurther();
      this.#view!.add(id, result);
      (await this.#kept)?.set(id, result);
      await this.#tellResults();
    };
    try {
      const result = await runExperiment(
        subject,
        { ...this.#backend, open, results: { find: () => results.find(id), keep } },
        { prompts, stopping: () => this.#stopping, progress },
      );
      if (result) job.end();
      return result;
    } finally {
      this.#locked = null;
      unlock();
      await this.#throughput.keep();
    }
  }

  /** A queue that is asked to stop is kept as that. */
  async #gotFurther(): Promise<void> {
    if (!this.#stopping) await this.#queue.further(this.#view!.order);
  }

  async #keepQueue(running: boolean): Promise<void> {
    await this.#queue.keep(this.#view!.order, running);
  }

  async #look(order: ReproductionOrder): Promise<void> {
    this.#view = await View.of(order, this.#backend, this.#ports);
  }

  /** Results came or went. */
  async #lookAgain(): Promise<void> {
    this.#kept = null;
    if (!this.#view) return;
    await this.#look(this.#view.order);
    await this.#tell();
  }

  /** Only where no other tab may be at work: one with an older page goes on with what is stale here. */
  async #tidy({ preset }: ReproductionOrder): Promise<void> {
    await discardStale(presets[preset], this.#ports, this.#backend);
  }

  async #tell(): Promise<void> {
    const backend = this.#ports.openBackend();
    if (backend) await this.#throughput.learn(backend.adapter.description);
    this.#memory = backend && this.#view!.memory(backend);
    this.#tellState();
    await this.#tellResults();
  }

  #tellState(): void {
    const { order, subjects } = this.#view!;
    this.#ports.emit({
      ...{ kind: 'reproduce.state', order, status: this.#status(), memory: this.#memory },
      subjects: subjects.map((subject) => {
        const job = this.#job?.id === subjectId(subject) ? this.#job : null;
        return this.#view!.queued(subject, job, this.#throughput.current);
      }),
    });
  }

  async #tellResults(): Promise<void> {
    const { order } = this.#view!;
    const { build } = this.#backend;
    this.#ports.emit({ kind: 'reproduce.results', order, build, tables: this.#view!.tables() });
    this.#kept ??= this.#ports.reproductions.all();
    // What could not be read is read again the next time.
    this.#kept.catch(() => (this.#kept = null));
    this.#ports.emit({ kind: 'reproduce.kept', results: reportKept(await this.#kept) });
  }

  #status(): QueueStatus {
    if (!this.#queue.held) return this.#queue.elsewhere ? 'elsewhere' : 'none';
    if (!this.#work) return 'paused';
    return this.#stopping ? 'pausing' : 'running';
  }
}
