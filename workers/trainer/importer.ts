import { checkFit } from '../../src/lab/run/fit';
import { describeOffer } from '../../src/lab/import/describe';
import { readOffer, type Offer } from '../../src/lab/import/read';
import type { TaskChoice } from '../../src/task/task-tag';
import type { MemoryEstimates } from '../../src/model/memory';
import { wireError } from './answer';
import type { Ports } from './ports';
import type { CommandBody } from '../protocol/trainer';

export class NothingOfferedError extends Error {
  override name = 'NothingOfferedError';

  constructor() {
    super('There is nothing to take in any more. Choose the file again.');
  }
}

/** What somebody would like to take in: looked at, and held until that is decided. */
export class Importer {
  readonly #emit: Ports['emit'];
  readonly #environmentOf: Ports['environmentOf'];
  #offer: Offer | null = null;

  constructor({ emit, environmentOf }: Pick<Ports, 'emit' | 'environmentOf'>) {
    this.#emit = emit;
    this.#environmentOf = environmentOf;
  }

  /** What cannot be taken in is told as such: reading takes long, and nothing that is under way has failed. */
  async look(
    { look, files }: Extract<CommandBody, { kind: 'import.look' }>,
    estimates: MemoryEstimates,
  ): Promise<void> {
    this.#offer = null;
    try {
      const offer = await readOffer(files);
      if (offer.kind === 'run') {
        const { task, tokenizer } = this.#environmentOf(offer.run.config.task);
        checkFit(offer.run, task.tag, tokenizer);
      }
      const limits = (task: TaskChoice) => this.#environmentOf(task).task.limits;
      const description = describeOffer(offer, { estimates, limits });
      this.#offer = offer;
      this.#emit({ kind: 'import.described', look, description });
    } catch (error) {
      this.#emit({ kind: 'import.refused', look, error: wireError(error) });
    }
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
