import type { KeptRun } from '../../../src/lab/run/run-format';
import type { Ports } from '../ports';
import { Throughput } from './throughput';

/** The throughput of the adapter that was opened last, and what this browser keeps of it. */
export class KeptThroughput {
  readonly #reproductions: Ports['reproductions'];
  #adapter: string | null = null;
  #current = new Throughput({});

  constructor({ reproductions }: Pick<Ports, 'reproductions'>) {
    this.#reproductions = reproductions;
  }

  get current(): Throughput {
    return this.#current;
  }

  async learn(adapter: string): Promise<void> {
    if (adapter === this.#adapter) return;
    this.#current = new Throughput(await this.#reproductions.paces(adapter));
    this.#adapter = adapter;
  }

  /** An open run was saved: its last step says how fast this adapter is, before any queue has run. */
  async heard({ config, metrics, provenance: { adapter } }: KeptRun): Promise<void> {
    const last = metrics.at(-1);
    if (!last) return;
    await this.learn(adapter);
    this.#current.trained(config, 1, last.time.total);
    await this.keep();
  }

  /** A pace that is lost is learned again. */
  async keep(): Promise<void> {
    if (this.#adapter === null) return;
    await this.#reproductions.keepPaces(this.#adapter, this.#current.paces).catch(() => undefined);
  }
}
