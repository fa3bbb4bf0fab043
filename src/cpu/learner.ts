import type { Tensor } from 'onnxruntime-web';
import type { PolicySample, UpdateOptions, UpdateReport } from '../model/agent';
import type { LlamaConfig } from '../model/config';
import type { TensorPlace } from '../model/layout';
import { BatchError, checkIds } from '../model/requests';
import type { AgentState } from '../model/state';
import type { Score, SupervisedOptions, SupervisedReport, SupervisedSequence } from '../model/trainable-model';
import {
  crossEntropySequences,
  inputs,
  policySequences,
  runsWithin,
  type TrainingSequence,
} from '../model/training-sequences';
import type { WorkCounter } from '../model/work-counter';
import { adamw, globalNorm } from './adamw';
import { tokenAdvantages } from './advantages';
import { concatenated, Feeder, type Feeds } from './feeds';
import type { Pass } from './graph/learning';
import { reportOf, type Policy } from './policy';
import type { Sessions } from './sessions';
import { trainedPlaces } from './weight-places';

type Values = Float32Array<ArrayBuffer>;

/** Sequences that are computed at once, and what goes in for them. */
interface Part {
  sequences: readonly TrainingSequence[];
  feeds: Feeds;
  /** Predicted places of each sequence. */
  rows: readonly number[];
}

/**
 * How a model learns: policy updates, supervised steps, and scores. A batch of more tokens than are computed at once goes
 * through the graphs in parts. Their gradients add up, and one optimizer step follows the last part.
 */
export class Learner {
  /** Of the last step, before clipping. */
  readonly gradient: Values;
  readonly #config: LlamaConfig;
  readonly #sessions: Sessions;
  readonly #feeder: Feeder;
  readonly #state: AgentState;
  readonly #tokensAtOnce: number;
  readonly #work: WorkCounter;
  /** What is learned. */
  readonly #places: readonly TensorPlace[];
  readonly #weights: Feeds;
  readonly #reference: Feeds;

  /** `gradient` is for whoever learns at the moment; `state` is changed in place. */
  constructor(sessions: Sessions, state: AgentState, gradient: Values, tokensAtOnce: number, work: WorkCounter) {
    this.#sessions = sessions;
    this.#feeder = new Feeder(sessions.runtime);
    this.#config = state.config;
    this.#state = state;
    this.#tokensAtOnce = tokensAtOnce;
    this.#work = work;
    this.gradient = gradient;
    this.#places = trainedPlaces(state);
    this.#weights = this.#feeder.views(this.#places, state.parameters);
    this.#reference = this.#feeder.views(this.#places, state.reference);
  }

  /** `Agent.update`. */
  async update(samples: readonly PolicySample[], options: UpdateOptions): Promise<UpdateReport> {
    const { lossMean, updatesPerBatch, epsilon, learningRate, gradientClip } = options;
    const parts = this.#split(policySequences(samples, lossMean));
    const scores = await this.#scoreAll(parts, this.#reference);
    const reference = scores.map(({ logprobs }) => logprobs);
    const rewards = samples.map(({ reward }) => reward);
    // What depends on the whole batch is known within the first pass where that is the whole batch.
    const whole = parts.length === 1;
    const known = whole
      ? await this.#learnPolicy(parts[0], rewards, reference, options)
      : await this.#scorePolicy(parts, rewards, reference, options);
    let present = known.old;
    let norm = whole ? this.#step(learningRate, gradientClip) : NaN;
    for (let update = whole ? 1 : 0; update < updatesPerBatch; update++) {
      present = await this.#learnSurrogate(parts, known, epsilon);
      norm = this.#step(learningRate, gradientClip);
    }
    const shares = parts.flatMap(({ sequences }) => sequences.map(({ weights }) => weights.find((w) => w !== 0)!));
    return reportOf({ ...known, present, reference, shares, norm }, epsilon);
  }

  /** Advantages under π_old, scored part by part: the plain way. */
  async #scorePolicy(
    parts: readonly Part[],
    rewards: readonly number[],
    reference: readonly Values[],
    options: UpdateOptions,
  ): Promise<Policy> {
    const scored = await this.#scoreAll(parts, this.#weights);
    const old = scored.map(({ logprobs }) => logprobs);
    const compared = rewards.map((reward, s) => ({ reward, old: old[s], reference: reference[s] }));
    const entropies = scored.map((one) => one.entropies);
    return { old, entropies, advantages: tokenAdvantages(compared, options) };
  }

  /** The same and the gradient of the first update, in one pass over the whole batch. */
  async #learnPolicy(
    part: Part,
    rewards: readonly number[],
    reference: readonly Values[],
    { beta, normalize }: UpdateOptions,
  ): Promise<Policy> {
    const of = this.#feeder;
    const results = await this.#learn('policy', part, true, {
      ...of.rowsBySequence(part.rows),
      reference: of.column(concatenated(reference)),
      rewards: of.column(concatenated(part.rows.map((count, s) => new Float32Array(count).fill(rewards[s])))),
      beta: of.scalar(beta),
      normalize: of.flag(normalize),
    });
    const [old, entropies, advantages] = (['logprobs', 'entropies', 'advantages'] as const).map((name) =>
      bySequence(results[name], part),
    );
    return { old, entropies, advantages };
  }

  /** The gradient of the clipped surrogate under the present parameters. Gives their log-probabilities. */
  async #learnSurrogate(parts: readonly Part[], { old, advantages }: Policy, epsilon: number): Promise<Values[]> {
    const present: Values[] = [];
    for (const part of parts) {
      const from = present.length;
      const of = (values: readonly Values[]) =>
        this.#feeder.column(concatenated(values.slice(from, from + part.sequences.length)));
      const results = await this.#learn('surrogate', part, part === parts[0], {
        ...{ old: of(old), advantages: of(advantages), epsilon: this.#feeder.scalar(epsilon) },
      });
      present.push(...bySequence(results.logprobs, part));
    }
    return present;
  }

  /** One AdamW step on the weighted mean cross-entropy of the batch; `tokens` counts those read. */
  async supervise(
    examples: readonly SupervisedSequence[],
    { learningRate, gradientClip }: SupervisedOptions,
  ): Promise<SupervisedReport> {
    const parts = this.#split(crossEntropySequences(examples));
    let loss = 0;
    for (const part of parts) {
      const { logprobs } = await this.#learn('crossEntropy', part, part === parts[0], {});
      const shares = part.feeds['shares'].data as Values;
      loss -= (logprobs.data as Values).reduce((sum, logprob, row) => sum + shares[row] * logprob, 0);
    }
    const tokens = parts.reduce((sum, { sequences }) => sum + tokensOf(sequences), 0);
    return { loss, tokens, grad_norm: this.#step(learningRate, gradientClip) };
  }

  /** Log-probability and entropy (nats) of every token but the first of each sequence, under the present parameters. */
  async score(sequences: readonly (readonly number[])[]): Promise<Score[]> {
    const parts = this.#split(sequences.map((ids) => ({ ids, reward: 0, weights: ids.map(() => 1) })));
    const scores = await this.#scoreAll(parts, this.#weights);
    return scores.map(({ logprobs, entropies }) => ({ logprobs: [...logprobs], entropies: [...entropies] }));
  }

  async #scoreAll(parts: readonly Part[], weights: Feeds) {
    const scores: { logprobs: Values; entropies: Values }[] = [];
    for (const part of parts) {
      const { shares: _, ...feeds } = part.feeds;
      const { logprobs, entropies } = await this.#sessions.run('score', { ...feeds, ...weights });
      this.#count(part, 'forward');
      const entropiesOf = bySequence(entropies, part);
      scores.push(...bySequence(logprobs, part).map((one, s) => ({ logprobs: one, entropies: entropiesOf[s] })));
    }
    return scores;
  }

  /** Runs forward and backward on a part. Its gradient takes the place of what was there, or is added to it. */
  async #learn(pass: Exclude<Pass, 'score'>, part: Part, anew: boolean, more: Feeds): Promise<Record<string, Tensor>> {
    const results = await this.#sessions.run(pass, { ...part.feeds, ...more, ...this.#weights });
    this.#count(part, 'forward');
    this.#count(part, 'backward');
    const { gradient } = this;
    for (const { name, offset, size } of this.#places) {
      const learned = results[`gradient.${name}`].data as Values;
      if (anew) gradient.set(learned, offset);
      else for (let i = 0; i < size; i++) gradient[offset + i] += learned[i];
    }
    return results;
  }

  /** Gives the gradient's norm before clipping. */
  #step(learningRate: number, clip: number): number {
    const norm = globalNorm(this.gradient);
    adamw(this.#state, this.gradient, { learningRate, norm, clip });
    this.#work.updates++;
    return norm;
  }

  /** Throws `BatchError` where a sequence cannot be read, or nothing is predicted: the loss would be a mean over nothing. */
  #split(sequences: readonly TrainingSequence[]): Part[] {
    checkIds(
      sequences.map(({ ids }) => ids),
      this.#config,
    );
    const predicted = ({ weights }: TrainingSequence) => weights.filter((weight, i) => i > 0 && weight !== 0).length;
    if (!sequences.some(predicted)) {
      throw new BatchError('No token of the batch is to be predicted. Give some of them weight.');
    }
    return runsWithin(sequences, this.#tokensAtOnce).map((part) => ({
      ...{ sequences: part, feeds: this.#feeder.predictions(part), rows: part.map(predicted) },
    }));
  }

  #count({ sequences, rows }: Part, way: 'forward' | 'backward'): void {
    this.#work.passed(way, { tokens: tokensOf(sequences), rows: rows.reduce((a, b) => a + b, 0) });
  }
}

const tokensOf = (sequences: readonly TrainingSequence[]) => sequences.reduce((sum, one) => sum + inputs(one), 0);

/** Of every predicted place, sequence by sequence. */
function bySequence(values: Tensor, { rows }: Part): Values[] {
  let from = 0;
  return rows.map((count) => (values.data as Values).slice(from, (from += count)));
}
