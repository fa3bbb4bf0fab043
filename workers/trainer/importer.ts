import { checkFit } from '../../src/lab/run/fit';
import { describeOffer, type ImportDescription } from '../../src/lab/import/describe';
import type { Offer, OfferedFile } from '../../src/lab/import/read';
import type { TaskChoice } from '../../src/task/task-tag';
import type { MemoryEstimates } from '../../src/model/memory';
import type { Ports } from './ports';

export class NothingOfferedError extends Error {
  override name = 'NothingOfferedError';

  constructor() {
    super('There is nothing to take in any more. Choose the file again.');
  }
}

/** What was read, and the files that it was read from. */
interface Held {
  offer: Offer;
  files: readonly OfferedFile[];
}

/** What somebody would like to take in: looked at, and held until that is decided. */
export class Importer {
  readonly #environmentOf: Ports['environmentOf'];
  readonly #readOffer: Ports['readOffer'];
  #held: Held | null = null;
  /** Ends what is being read. */
  #reading = new AbortController();

  constructor({ environmentOf, readOffer }: Pick<Ports, 'environmentOf' | 'readOffer'>) {
    this.#environmentOf = environmentOf;
    this.#readOffer = readOffer;
  }

  /**
   * What is in these files, which is held in place of what was held before, or was still being read. Throws what cannot be
   * taken in.
   */
  async look(files: OfferedFile[], estimates: MemoryEstimates): Promise<ImportDescription> {
    this.drop();
    const { signal } = (this.#reading = new AbortController());
    const offer = await this.#readOffer(files, signal);
    signal.throwIfAborted();
    if (offer.kind === 'run') {
      const { task, tokenizer } = this.#environmentOf(offer.run.config.task);
      checkFit(offer.run, task.tag, tokenizer);
    }
    const limits = (task: TaskChoice) => this.#environmentOf(task).task.limits;
    const description = describeOffer(offer, { estimates, limits });
    this.#held = { offer, files };
    return description;
  }

  /** Hands it out, once. Throws `NothingOfferedError`. */
  take(): Held {
    const held = this.#held;
    this.#held = null;
    if (!held) throw new NothingOfferedError();
    return held;
  }

  /** Forgets it, and ends what is being read. */
  drop(): void {
    this.#reading.abort();
    this.#held = null;
  }
}
