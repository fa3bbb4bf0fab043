import { checkFit } from '../../src/lab/run/fit';
import { describeOffer, type ImportDescription } from '../../src/lab/import/describe';
import { readOffer, type Offer, type OfferedFile } from '../../src/lab/import/read';
import type { TaskChoice } from '../../src/task/task-tag';
import type { MemoryEstimates } from '../../src/model/memory';
import type { Ports } from './ports';

export class NothingOfferedError extends Error {
  override name = 'NothingOfferedError';

  constructor() {
    super('There is nothing to take in any more. Choose the file again.');
  }
}

/** What somebody would like to take in: looked at, and held until that is decided. */
export class Importer {
  readonly #environmentOf: Ports['environmentOf'];
  #offer: Offer | null = null;

  constructor({ environmentOf }: Pick<Ports, 'environmentOf'>) {
    this.#environmentOf = environmentOf;
  }

  /** What is in these files, which is held in place of what was held before. Throws what cannot be taken in. */
  async look(files: OfferedFile[], estimates: MemoryEstimates): Promise<ImportDescription> {
    this.#offer = null;
    const offer = await readOffer(files);
    if (offer.kind === 'run') {
      const { task, tokenizer } = this.#environmentOf(offer.run.config.task);
      checkFit(offer.run, task.tag, tokenizer);
    }
    const limits = (task: TaskChoice) => this.#environmentOf(task).task.limits;
    const description = describeOffer(offer, { estimates, limits });
    this.#offer = offer;
    return description;
  }

  /** Hands it out, once. Throws `NothingOfferedError`. */
  take(): Offer {
    const offer = this.#offer;
    this.#offer = null;
    if (!offer) throw new NothingOfferedError();
    return offer;
  }

  drop(): void {
    this.#offer = null;
  }
}
