import type { RunConfig } from '../../../src/lab/config';
import { archiveName } from '../../../src/lab/models/shipped';
import type { Subject } from '../../../src/lab/reproduction/result';
import type { Serving } from '../../../src/lab/run/serving';
import { gamesPerStep } from '../../../src/lab/run/stages';
import type { Paces } from './store';

/** What is left to do of a subject. */
export interface Left {
  /** RL steps. */
  steps: number;
  servings: readonly Serving[];
  /** Prompts of all sets, each time. */
  prompts: number;
  /** How much of the first one is done, a fraction. */
  measured: number;
  /** Whether its models are on the GPU already. */
  opened: boolean;
}

/**
 * How long work takes on one adapter, from the work that was done on it: milliseconds to open models, to play and
 * learn from one game of a step (with the evaluations in between), and to measure one prompt in one way of serving.
 */
export class Throughput {
  #paces: Paces;

  constructor(paces: Paces) {
    this.#paces = paces;
  }

  get paces(): Paces {
    return this.#paces;
  }

  opened(config: RunConfig, milliseconds: number): void {
    this.#note(`open ${archiveName(config)}`, milliseconds);
  }

  trained(config: RunConfig, steps: number, milliseconds: number): void {
    this.#note(stepKey(config), milliseconds / steps / gamesPerStep(config));
  }

  measured(config: RunConfig, serving: Serving, prompts: number, milliseconds: number): void {
    this.#note(`measure ${archiveName(config)} ${serving}`, milliseconds / prompts);
  }

  /** Milliseconds, null where nothing like it was ever done here. */
  estimate({ config }: Subject, { steps, servings, prompts, measured, opened }: Left): number | null {
    if (steps === 0 && servings.length === 0) return 0;
    const models = archiveName(config);
    const game = this.#nearest(stepKey(config), `step ${models}`);
    if (steps > 0 && game === null) return null;
    let sum = opened ? 0 : (this.#paces[`open ${models}`] ?? 0);
    sum += steps * gamesPerStep(config) * (game ?? 0);
    for (const [at, serving] of servings.entries()) {
      // A game that is measured, its curve included, takes about as long as one that is played and learned from.
      const each = this.#nearest(`measure ${models} ${serving}`, `measure ${models}`) ?? game;
      if (each === null) return null;
      sum += prompts * each * (at === 0 ? 1 - measured : 1);
    }
    return sum;
  }

  #note(key: string, milliseconds: number): void {
    this.#paces = { ...this.#paces, [key]: milliseconds };
  }

  /** Of exactly this, or else the slowest of its kind. */
  #nearest(key: string, kind: string): number | null {
    const exact = this.#paces[key] as number | undefined;
    if (exact !== undefined) return exact;
    const alike = Object.keys(this.#paces).filter((one) => one.startsWith(`${kind} `));
    return alike.length > 0 ? Math.max(...alike.map((one) => this.#paces[one])) : null;
  }
}

function stepKey(config: RunConfig): string {
  return `step ${archiveName(config)} ${config.method} ${config.rollout.max_rounds}`;
}
