import type { RunConfig } from '../../../src/lab/config';
import type { Progress } from '../../../src/lab/reproduction/run-experiment';
import type { QueuedSubject } from '../../../src/lab/reproduction/queued-subject';
import type { Throughput } from './throughput';

/** Work on one subject, as it goes on: how far it is, and what it says of the adapter's pace. */
export class Job {
  readonly id: string;
  phase: 'opening' | 'training' | 'measuring' = 'opening';
  measuring: QueuedSubject['measuring'] = null;
  readonly #config: RunConfig;
  readonly #throughput: Throughput;
  readonly #now: () => number;
  #since: number;
  /** Steps since then. */
  #steps = 0;

  constructor(id: string, config: RunConfig, throughput: Throughput, now = () => performance.now()) {
    this.id = id;
    this.#config = config;
    this.#throughput = throughput;
    this.#now = now;
    this.#since = now();
  }

  opened(): void {
    this.#throughput.opened(this.#config, this.#lap());
    this.phase = 'training';
  }

  heard(progress: Progress): void {
    if (progress.kind === 'training') {
      this.#throughput.trained(this.#config, ++this.#steps, this.#now() - this.#since);
      return;
    }
    const { serving, done, total } = progress;
    if (done === 0) this.#next();
    this.phase = 'measuring';
    this.measuring = { serving, done, total };
  }

  /** The last measurement is over where it was not broken off. */
  end(): void {
    if (this.measuring && this.measuring.done === this.measuring.total) this.#next();
  }

  #next(): void {
    const wall = this.#lap();
    if (!this.measuring) return;
    const { serving, total } = this.measuring;
    this.#throughput.measured(this.#config, serving, total, wall);
  }

  #lap(): number {
    const before = this.#since;
    this.#since = this.#now();
    return this.#since - before;
  }
}
