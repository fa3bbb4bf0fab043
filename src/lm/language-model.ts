import type { Gpu } from '../gpu/device';
import type { Completion, GenerateOptions, PolicySample, UpdateOptions, UpdateReport } from '../model/agent';
import { checkConfig, type LlamaConfig } from '../model/config';
import { Generator, type GenerationCapacity } from './generator';
import { kernelList, modelKernels } from './kernels';
import { parameterLayout, type ParameterLayout } from '../model/layout';
import { Learner } from './learner';
import { checkShape, type AgentState } from '../model/state';
import type { TokenRules } from '../model/token-rules';
import type {
  Score,
  SupervisedOptions,
  SupervisedReport,
  SupervisedSequence,
  TrainableModel,
} from '../model/trainable-model';
import { plainVariants, type Variants } from './variants';
import { Weights } from './weights';
import { WorkCounter } from '../model/work-counter';
import type { TrainingWorkspace } from './workspace';

export interface LanguageModelOptions {
  rules: TokenRules;
  workspace: TrainingWorkspace;
  generation: GenerationCapacity;
  /** Which kernels to use; the plain ones if left out. */
  variants?: Variants;
}

/**
 * A Llama-style decoder on the GPU that generates and learns. Parameters, gradient and
 * Adam's moments are flat buffers in one layout; every pass is a plan made here once and replayed.
 */
export class LanguageModel implements TrainableModel {
  readonly config: LlamaConfig;
  readonly layout: ParameterLayout;
  /** The work that it has done so far, generation included. */
  readonly work = new WorkCounter();
  readonly #gpu: Gpu;
  readonly #workspace: TrainingWorkspace;
  readonly #weights: Weights;
  readonly #reference: Weights;
  readonly #learner: Learner;
  readonly #generator: Generator;

  /** `gpu.prepare(LanguageModel.kernels(config, newTokens))` must have finished. */
  constructor(gpu: Gpu, config: LlamaConfig, { rules, workspace, generation, variants }: LanguageModelOptions) {
    checkConfig(config);
    this.#gpu = gpu;
    this.config = config;
    this.layout = parameterLayout(config);
    this.#workspace = workspace;
    const kernels = modelKernels(config, generation.newTokens, variants ?? plainVariants);
    this.#weights = new Weights(gpu, kernels, config);
    this.#reference = new Weights(gpu, kernels, config);
    this.#learner = new Learner(gpu, kernels, config, this.#weights, this.#reference, workspace, this.work);
    this.#generator = new Generator(gpu, kernels, config, this.#weights, rules, generation, workspace, this.work);
  }

  static kernels(config: LlamaConfig, newTokens: number, variants: Variants = plainVariants) {
    return kernelList(modelKernels(config, newTokens, variants));
  }

  generate(prompts: readonly (readonly number[])[], options: GenerateOptions): Promise<Completion[]> {
    return this.#generator.generate(prompts, options);
  }

  /** One token more than in the call before is one pass. */
  next(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    return this.#generator.next(ids);
  }

  update(samples: readonly PolicySample[], options: UpdateOptions): Promise<UpdateReport> {
    return this.#changing(this.#learner.update(samples, options));
  }

  /** One AdamW step on the weighted mean cross-entropy of the batch; `tokens` counts those read. */
  supervise(examples: readonly SupervisedSequence[], options: SupervisedOptions): Promise<SupervisedReport> {
    return this.#changing(this.#learner.supervise(examples, options));
  }

  /** Log-probability and entropy (nats) of every token but the first of each sequence, under the present parameters. */
  score(sequences: readonly (readonly number[])[]): Promise<Score[]> {
    return this.#learner.score(sequences);
  }

  /** The submitted step changes the parameters, so cached keys and values are of no use. */
  #changing<Result>(step: Promise<Result>): Promise<Result> {
    this.#generator.forget();
    return step;
  }

  /**
   * The gradient of the last step through this model's workspace, before clipping, in the flat layout: read it before
   * another model that shares the workspace learns.
   */
  gradient(): Promise<Float32Array<ArrayBuffer>> {
    return this.#gpu.readFloats(this.#workspace.gradients.flat, 0, this.layout.size);
  }

  /** Throws `UnsupportedModelError` for a state of another shape. */
  load(state: AgentState): void {
    checkShape(state, this.config);
    const gpu = this.#gpu;
    gpu.write(this.#weights.buffer, state.parameters);
    gpu.write(this.#reference.buffer, state.reference);
    const { optimizer } = this.#learner;
    gpu.write(optimizer.first, state.firstMoment);
    gpu.write(optimizer.second, state.secondMoment);
    optimizer.updates = state.updates;
    this.#gpu.submit('load', (recorder) => {
      this.#weights.transpose(recorder);
      this.#reference.transpose(recorder);
    });
    this.#generator.forget();
  }

  anchor(): void {
    this.#gpu.submit('anchor', (recorder) => {
      const { buffer } = this.#weights;
      recorder.copy(buffer, 0, this.#reference.buffer, 0, buffer.size);
      this.#reference.transpose(recorder);
    });
  }

  async save(): Promise<AgentState> {
    const { first, second, updates } = this.#learner.optimizer;
    const [parameters, reference, firstMoment, secondMoment] = await Promise.all(
      [this.#weights.buffer, this.#reference.buffer, first, second].map((buffer) => this.#gpu.readFloats(buffer)),
    );
    return { config: this.config, parameters, reference, firstMoment, secondMoment, updates };
  }
}
