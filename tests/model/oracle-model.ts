import type { Completion, GenerateOptions, PolicySample, UpdateOptions, UpdateReport } from '../../src/model/agent';
import { UnsupportedModelError, type LlamaConfig } from '../../src/model/config';
import type { AgentState } from '../../src/model/state';
import type { TokenRules } from '../../src/model/token-rules';
import type {
  Score,
  SupervisedOptions,
  SupervisedReport,
  SupervisedSequence,
  TrainableModel,
} from '../../src/model/trainable-model';
import { generate, oracleState, supervise, updatePolicy, type OracleState } from '../oracle/agent';
import { forward } from '../oracle/decoder';
import { logitsAt, tokenEntropies, tokenLogprobs } from '../oracle/losses';

const learned = ['parameters', 'firstMoment', 'secondMoment'] as const;

/**
 * The double-precision decoder as a model that a run can train. What it keeps between two calls is in single precision, so
 * that a saved state is all of it.
 */
export class OracleModel implements TrainableModel {
  readonly config: LlamaConfig;
  /** Tokens that it was made to read so far. */
  read = 0;
  readonly #rules: TokenRules;
  #state: OracleState;

  constructor(state: AgentState, rules: TokenRules) {
    this.config = state.config;
    this.#rules = rules;
    this.#state = oracleState(state);
  }

  generate(prompts: readonly (readonly number[])[], options: GenerateOptions): Promise<Completion[]> {
    const completions = prompts.map((prompt, i) => {
      const { margins: _, ...completion } = generate(this.#state, prompt, i, this.#rules, options);
      return completion;
    });
    this.#count(completions.map(({ ids }) => ids));
    return Promise.resolve(completions);
  }

  next(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    this.#count([ids]);
    return Promise.resolve(new Float32Array(logitsAt(forward(this.#state, ids), ids.length - 1)));
  }

  update(samples: readonly PolicySample[], options: UpdateOptions): Promise<UpdateReport> {
    this.#count(samples.map(({ ids }) => ids));
    const { losses, ...report } = updatePolicy(this.#state, samples, options);
    this.#round();
    return Promise.resolve({ ...report, loss: losses.at(-1)! });
  }

  supervise(examples: readonly SupervisedSequence[], options: SupervisedOptions): Promise<SupervisedReport> {
    const tokens = this.#count(examples.map(({ ids }) => ids));
    const report = supervise(this.#state, examples, options);
    this.#round();
    return Promise.resolve({ ...report, tokens });
  }

  score(sequences: readonly (readonly number[])[]): Promise<Score[]> {
    this.#count(sequences);
    const traces = sequences.map((ids) => forward(this.#state, ids));
    return Promise.resolve(
      traces.map((trace) => ({
        logprobs: tokenLogprobs(trace).slice(1),
        entropies: tokenEntropies(trace).slice(1),
      })),
    );
  }

  anchor(): void {
    this.#state.reference.set(this.#state.parameters);
  }

  load(state: AgentState): void {
    if (JSON.stringify(state.config) !== JSON.stringify(this.config)) {
      throw new UnsupportedModelError('This state is of another shape. Load it into a model made for it.');
    }
    this.#state = oracleState(state);
  }

  save(): Promise<AgentState> {
    const { parameters, firstMoment, secondMoment, reference, updates } = this.#state;
    return Promise.resolve({
      ...{ config: this.config, updates },
      parameters: new Float32Array(parameters),
      firstMoment: new Float32Array(firstMoment),
      secondMoment: new Float32Array(secondMoment),
      reference: new Float32Array(reference),
    });
  }

  #round(): void {
    for (const name of learned) this.#state[name] = this.#state[name].map(Math.fround);
  }

  #count(sequences: readonly (readonly number[])[]): number {
    const tokens = sequences.reduce((sum, { length }) => sum + length, 0);
    this.read += tokens;
    return tokens;
  }
}
