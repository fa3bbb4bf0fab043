import type { TrainableModel } from '../../model/trainable-model';
import { Random } from '../../random/philox';
import type { SupervisedSchedule } from '../../task/warm-start';
import { warmStartRate } from '../models/pretrain';
import type { LessonSettings } from './settings';
import { predicted, type LessonPart, type Sequences } from './text';

/** A loss is no number. */
export class LessonDivergedError extends Error {
  override name = 'LessonDivergedError';

  /** @param step steps done; none where the model came so. */
  constructor(step: number) {
    super(
      step === 0
        ? 'The loss of this model is no number, before it learned anything: its weights are too large. Import it again.'
        : `The loss of step ${step} is no number: the learning rate is too high. Begin anew with a lower one.`,
    );
  }
}

/** What was learned in a step. */
export interface LessonStep {
  /** Steps done. */
  step: number;
  /** Mean loss of the step's sequences before it, in nats a token. */
  loss: number;
  learningRate: number;
}

/** Measurements on the way, the one before the first step left out. */
const MEASUREMENTS = 10;

/**
 * A model learns a text: AdamW steps on the mean cross-entropy of a few of its sequences, and measurements of the loss,
 * which change nothing. A step depends on the settings and the steps before it alone.
 */
export class Lesson {
  readonly #model: Pick<TrainableModel, 'supervise' | 'score'>;
  readonly #parts: Readonly<Record<LessonPart, Sequences>>;
  readonly #schedule: SupervisedSchedule;
  readonly #seed: number;
  #step: number;
  #measured: number | null;

  /**
   * @param done steps that are behind the model already. To go on, load its state of then.
   * @param measured whether it was measured there
   */
  constructor(
    model: Pick<TrainableModel, 'supervise' | 'score'>,
    parts: Readonly<Record<LessonPart, Sequences>>,
    { steps, batch, learningRate, seed }: LessonSettings,
    done = 0,
    measured = false,
  ) {
    this.#model = model;
    this.#parts = parts;
    this.#schedule = {
      steps,
      batch: Math.min(batch, parts.training.length),
      learningRate,
      // The first steps of Adam are long ones.
      warmupSteps: Math.ceil(steps / 10),
      gradientClip: 1,
    };
    this.#seed = seed;
    this.#step = done;
    this.#measured = measured ? done : null;
  }

  /** Steps done. */
  get step(): number {
    return this.#step;
  }

  /** Whether its loss on what is held out is known as it stands. */
  get measured(): boolean {
    return this.#measured === this.#step;
  }

  get done(): boolean {
    return this.#step >= this.#schedule.steps;
  }

  /** Before the first step, after the last, and every so many between. */
  get measurementDue(): boolean {
    const every = Math.ceil(this.#schedule.steps / MEASUREMENTS);
    return !this.measured && (this.done || this.#step % every === 0);
  }

  /** One AdamW step. Throws `LessonDivergedError`, and then the parameters are of no use. */
  async learn(): Promise<LessonStep> {
    const step = this.#step;
    const { batch, gradientClip } = this.#schedule;
    const { training } = this.#parts;
    const learningRate = warmStartRate(this.#schedule, step);
    const order = { count: training.length, batch, seed: this.#seed };
    const examples = sequencesOfStep(step, order).map((place) => {
      const ids = training[place];
      return { ids, weights: ids.map(() => 1) };
    });
    const { loss, grad_norm } = await this.#model.supervise(examples, { learningRate, gradientClip });
    if (!Number.isFinite(loss) || !Number.isFinite(grad_norm)) throw new LessonDivergedError(step + 1);
    this.#step = step + 1;
    return { step: this.#step, loss, learningRate };
  }

  /**
   * Mean loss over all predicted tokens of a part, in nats a token. `progress` counts sequences; what it throws ends the
   * measurement. Throws `LessonDivergedError`.
   */
  async measure(part: LessonPart, progress?: (done: number, total: number) => void): Promise<number> {
    const sequences = this.#parts[part];
    const { batch } = this.#schedule;
    let sum = 0;
    for (let from = 0; from < sequences.length; from += batch) {
      progress?.(from, sequences.length);
      const scores = await this.#model.score(sequences.slice(from, from + batch));
      for (const { logprobs } of scores) for (const logprob of logprobs) sum -= logprob;
    }
    const loss = sum / predicted(sequences);
    if (!Number.isFinite(loss)) throw new LessonDivergedError(this.#step);
    if (part === 'heldOut') this.#measured = this.#step;
    return loss;
  }
}

/**
 * Places of the sequences that a step learns from: all of `count` in an order, then all in the next one. An order is keyed
 * by (seed, 'teaching', pass), so a step's sequences do not depend on what ran before.
 */
export function sequencesOfStep(
  step: number,
  { count, batch, seed }: { count: number; batch: number; seed: number },
): number[] {
  const places = Array.from({ length: count }, (_, place) => place);
  const order = (pass: number) => new Random(seed, 'teaching', [pass, 0, 0]).shuffle(places);
  const first = step * batch;
  const pass = Math.floor(first / count);
  const from = first % count;
  const ordered = from + batch > count ? [...order(pass), ...order(pass + 1)] : order(pass);
  return ordered.slice(from, from + batch);
}
