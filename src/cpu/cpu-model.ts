import type { Completion, GenerateOptions, PolicySample, UpdateOptions, UpdateReport } from '../model/agent';
import type { LlamaConfig } from '../model/config';
import { checkIds, OneAtATime } from '../model/requests';
import { checkShape, type AgentState } from '../model/state';
import type { TokenRules } from '../model/token-rules';
import type {
  Score,
  SupervisedOptions,
  SupervisedReport,
  SupervisedSequence,
  TrainableModel,
} from '../model/trainable-model';
import { WorkCounter } from '../model/work-counter';
import { Feeder, type Feeds } from './feeds';
import { Generator } from './generator';
import { Learner } from './learner';
import type { Queue } from './queue';
import type { Sessions } from './sessions';
import { trainedPlaces } from './weight-places';

export interface CpuModelOptions {
  rules: TokenRules;
  /** Of models of this shape. */
  sessions: Sessions;
  /** Of all models of a backend: they share threads, and those of one shape the gradient. */
  queue: Queue;
  /** Room for the gradient of whichever of them learns. */
  gradient: Float32Array<ArrayBuffer>;
  tokensAtOnce: number;
  slots: number;
}

/** A Llama-style decoder that ONNX Runtime computes on the processor. What it is stays in plain memory, in the flat layout. */
export class CpuModel implements TrainableModel {
  readonly config: LlamaConfig;
  /** The work that it has done so far, generation included. */
  readonly work = new WorkCounter();
  readonly #state: AgentState;
  readonly #learner: Learner;
  readonly #generator: Generator;
  readonly #calls = new OneAtATime();
  readonly #queue: Queue;
  readonly #sessions: Sessions;
  readonly #feeder: Feeder;
  readonly #weights: Feeds;

  constructor(state: AgentState, { rules, sessions, queue, gradient, tokensAtOnce, slots }: CpuModelOptions) {
    this.config = state.config;
    this.#queue = queue;
    this.#state = copied(state);
    this.#learner = new Learner(sessions, this.#state, gradient, tokensAtOnce, this.work);
    this.#sessions = sessions;
    this.#feeder = new Feeder(sessions.runtime);
    this.#weights = this.#feeder.views(trainedPlaces(state), this.#state.parameters);
    const run = (feeds: Feeds) => sessions.run('generate', { ...feeds, ...this.#weights });
    const { config, work } = this;
    this.#generator = new Generator({ runtime: sessions.runtime, run, config, rules, slots, work });
  }

  generate(prompts: readonly (readonly number[])[], options: GenerateOptions): Promise<Completion[]> {
    return this.#inTurn(() => this.#generator.generate(prompts, options));
  }

  next(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    return this.#inTurn(() => this.#read(ids));
  }

  update(samples: readonly PolicySample[], options: UpdateOptions): Promise<UpdateReport> {
    return this.#inTurn(() => this.#learner.update(samples, options));
  }

  supervise(examples: readonly SupervisedSequence[], options: SupervisedOptions): Promise<SupervisedReport> {
    return this.#inTurn(() => this.#learner.supervise(examples, options));
  }

  score(sequences: readonly (readonly number[])[]): Promise<Score[]> {
    return this.#inTurn(() => this.#learner.score(sequences));
  }

  /** The gradient of the last step of a model of this shape, before clipping, in the flat layout. */
  get gradient(): Float32Array<ArrayBuffer> {
    return this.#learner.gradient;
  }

  load(state: AgentState): void {
    checkShape(state, this.config, this.#state.lora);
    const loaded = copied(state);
    this.#afterwards(() => {
      for (const name of arrays) this.#state[name].set(loaded[name]);
      this.#state.updates = loaded.updates;
    });
  }

  anchor(): void {
    this.#afterwards(() => {
      this.#state.reference.set(this.#state.parameters);
    });
  }

  save(): Promise<AgentState> {
    return this.#inTurn(() => Promise.resolve(copied(this.#state)));
  }

  /** Logits [vocab_size] of the token after `ids`. */
  async #read(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    checkIds([ids], this.config);
    const rows = this.#feeder.integers(Int32Array.of(ids.length - 1));
    const { logits } = await this.#sessions.run('read', { ...this.#feeder.tokens([ids]), rows, ...this.#weights });
    this.work.passed('forward', { tokens: ids.length, rows: 1 });
    return (logits.data as Float32Array<ArrayBuffer>).slice();
  }

  /** Changes the state behind what was asked for before: that reads it while it is at work. */
  #afterwards(change: () => void): void {
    void this.#queue.run(() => Promise.resolve().then(change));
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#calls.run(() => this.#queue.run(work));
  }
}

const arrays = ['parameters', 'firstMoment', 'secondMoment', 'reference'] as const;

function copied(state: AgentState): AgentState {
  const copy = { ...state };
  for (const name of arrays) copy[name] = state[name].slice();
  return copy;
}
