import type { Gpu } from '../gpu/device';
import { Plan, type Dims } from '../gpu/plan';
import type { Recorder } from '../gpu/recorder';
import type { Agent, Completion, GenerateOptions, PolicySample, UpdateOptions, UpdateReport } from '../waltz/agent';
import { addBackward } from './backward';
import { BatchError } from './batch';
import { checkConfig, UnsupportedModelError, type LlamaConfig } from './config';
import { addForward } from './forward';
import { Generator, type GenerationCapacity } from './generator';
import { kernelList, modelKernels, type ModelKernels } from './kernels';
import { parameterLayout, type ParameterLayout } from './layout';
import { Optimizer } from './optimizer';
import type { AgentState } from './state';
import { plainVariants, type Variants } from './variants';
import { Weights } from './weights';
import { Work } from './work';
import { type TrainingWorkspace } from './workspace';

export interface LanguageModelOptions {
  endToken: number;
  workspace: TrainingWorkspace;
  generation: GenerationCapacity;
  /** Which kernels; the plain ones unless others were found to be faster here. */
  variants?: Variants;
}

type PlanName =
  | 'forwardReference'
  | 'scoresReference'
  | 'forward'
  | 'scores'
  | 'advantages'
  | 'surrogate'
  | 'crossEntropy'
  | 'backward';

/** A weighted sequence of the warm start: one weight per id, on predicting it; 0 on what is only read. */
export interface SupervisedSequence {
  ids: readonly number[];
  weights: readonly number[];
}

/**
 * A Llama-style decoder on the GPU that generates and learns: the `Agent` of the algorithm. Parameters, gradient and
 * Adam's moments are flat buffers in one layout; every pass is a plan made here once and replayed.
 */
export class LanguageModel implements Agent {
  readonly config: LlamaConfig;
  readonly layout: ParameterLayout;
  /** All that it was made to do so far, generation included. */
  readonly work = new Work();
  readonly #gpu: Gpu;
  readonly #workspace: TrainingWorkspace;
  readonly #weights: Weights;
  readonly #reference: Weights;
  readonly #policy: GPUBuffer;
  readonly #results: GPUBuffer;
  readonly #optimizer: Optimizer;
  readonly #generator: Generator;
  readonly #plans: Record<PlanName, Plan>;

  /** `gpu.prepare(LanguageModel.kernels(config, newTokens))` must have finished. */
  constructor(gpu: Gpu, config: LlamaConfig, { endToken, workspace, generation, variants }: LanguageModelOptions) {
    checkConfig(config);
    this.#gpu = gpu;
    this.config = config;
    this.layout = parameterLayout(config);
    this.#workspace = workspace;
    const kernels = modelKernels(config, generation.newTokens, variants ?? plainVariants);
    this.#weights = new Weights(gpu, kernels, config);
    this.#reference = new Weights(gpu, kernels, config);
    this.#policy = gpu.buffer('policy', 16, GPUBufferUsage.UNIFORM);
    this.#results = gpu.buffer('results', 4 * (8 * workspace.capacity.tokens + 2));
    this.#generator = new Generator(gpu, kernels, config, this.#weights, endToken, generation, this.work);
    const { flat, squares } = workspace.gradients;
    this.#optimizer = new Optimizer(gpu, kernels, this.layout, this.#weights.buffer, flat, squares);
    this.#plans = this.#makePlans(kernels);
  }

  static kernels(config: LlamaConfig, newTokens: number, variants: Variants = plainVariants) {
    return kernelList(modelKernels(config, newTokens, variants));
  }

  #makePlans(kernels: ModelKernels) {
    const gpu = this.#gpu;
    const { activations, batch, places, moments, rotation } = this.#workspace;
    const rows = { extent: 'rows', units: 1 } as const;
    const plan = (fill: (plan: Plan) => void) => {
      const made = new Plan(gpu);
      fill(made);
      return made;
    };
    const forward = (weights: Weights) =>
      plan((p) => {
        addForward(p, gpu, kernels, kernels.training, this.config, weights, rotation, batch, activations);
      });
    const scores = (logProbability: GPUBuffer) =>
      plan((p) => {
        p.add(
          kernels.logSoftmax,
          [batch.dims, activations.logits, batch.targets, places.logSumExp, logProbability, places.entropy],
          rows,
        );
      });
    const { logitsByToken } = this.#workspace.gradients;
    return {
      forwardReference: forward(this.#reference),
      scoresReference: scores(places.reference),
      forward: forward(this.#weights),
      scores: scores(places.logProbability),
      advantages: plan((p) => {
        p.add(
          kernels.advantage,
          [batch.dims, this.#policy, batch.sequences, places.old, places.reference, places.advantages],
          { extent: 'sequences', units: 1 },
        );
        p.add(kernels.whiten, [batch.dims, this.#policy, places.advantages, moments], { invocations: 64 });
      }),
      surrogate: plan((p) => {
        p.add(
          kernels.surrogate,
          [
            batch.dims,
            this.#policy,
            batch.weights,
            moments,
            places.advantages,
            places.logProbability,
            places.old,
            places.coefficients,
            places.report,
          ],
          rows,
        );
        const { logSumExp, coefficients } = places;
        p.add(
          kernels.logitGradient,
          [batch.dims, coefficients, batch.targets, activations.inverse, activations.logits, logitsByToken, logSumExp],
          rows,
        );
      }),
      crossEntropy: plan((p) =>
        p.add(
          kernels.crossEntropy,
          [
            batch.dims,
            batch.weights,
            batch.targets,
            activations.inverse,
            activations.logits,
            logitsByToken,
            places.report,
          ],
          rows,
        ),
      ),
      backward: plan((p) => {
        addBackward(p, gpu, kernels, this.config, this.#weights, this.#workspace);
      }),
    };
  }

  generate(prompts: readonly (readonly number[])[], options: GenerateOptions): Promise<Completion[]> {
    return this.#generator.generate(prompts, options);
  }

  async update(samples: readonly PolicySample[], options: UpdateOptions): Promise<UpdateReport> {
    const { beta, epsilon, normalize, lossMean, updatesPerBatch, learningRate, gradientClip } = options;
    samples.forEach(({ ids, learnableFrom }, s) => {
      if (learnableFrom > 0 && learnableFrom < ids.length) return;
      throw new BatchError(
        `Sample ${s} learns from token ${learnableFrom} of ${ids.length}. Leave one before and one behind.`,
      );
    });
    const learnable = samples.map(({ ids, learnableFrom }) => ids.length - learnableFrom);
    const all = learnable.reduce((sum, n) => sum + n, 0);
    const sequences = samples.map(({ ids, learnableFrom, reward }, s) => {
      const weight = lossMean === 'tokens' ? 1 / all : 1 / (samples.length * learnable[s]);
      return { ids, reward, weights: ids.map((_, i) => (i < learnableFrom ? 0 : weight)) };
    });
    const { dims, packed } = this.#workspace.upload(sequences);
    const policy = new Uint32Array([0, 0, normalize ? 1 : 0, 0]);
    new Float32Array(policy.buffer).set([beta, epsilon]);
    this.#gpu.write(this.#policy, policy);

    const { places } = this.#workspace;
    const bytes = 4 * dims.rows;
    for (let update = 0; update < updatesPerBatch; update++) {
      this.#optimizer.prepare(learningRate, gradientClip);
      this.#gpu.submit('update', (recorder) => {
        if (update === 0) {
          this.#encode(recorder, dims, 'forwardReference', 'scoresReference', 'forward', 'scores');
          recorder.copy(places.logProbability, 0, places.old, 0, bytes);
          recorder.copy(places.entropy, 0, this.#results, 6 * bytes, bytes);
          this.#encode(recorder, dims, 'advantages');
        } else {
          this.#encode(recorder, dims, 'forward', 'scores');
        }
        this.#encode(recorder, dims, 'surrogate', 'backward', 'optimizer');
        if (update < updatesPerBatch - 1) return;
        recorder.copy(places.report, 0, this.#results, 0, 4 * bytes);
        recorder.copy(places.old, 0, this.#results, 4 * bytes, bytes);
        recorder.copy(places.reference, 0, this.#results, 5 * bytes, bytes);
        recorder.copy(this.#optimizer.norm, 0, this.#results, 7 * bytes, 8);
      });
    }
    this.#generator.forget();

    const rows = dims.rows;
    const results = await this.#gpu.readFloats(this.#results, 0, 7 * rows + 2);
    const sum = (value: (row: number) => number, from = 0, end = rows) => {
      let total = 0;
      for (let row = from; row < end; row++) total += value(row);
      return total;
    };
    return {
      loss: sum((row) => results[4 * row]),
      kl: sum((row) => results[4 * rows + row] - results[5 * rows + row]) / rows,
      entropy: sum((row) => results[6 * rows + row]) / rows,
      gradientNorm: results[7 * rows],
      clipRatio: sum((row) => results[4 * row + 2]) / rows,
      tokens: rows,
      advantages: samples.map((_, s) => {
        const [from, end] = [packed.rowStarts[s], packed.rowStarts[s + 1]];
        return sum((row) => results[4 * row + 1], from, end) / (end - from);
      }),
    };
  }

  /** One AdamW step on the weighted mean cross-entropy of the batch; `tokens` counts those read. */
  async supervise(
    examples: readonly SupervisedSequence[],
    options: { learningRate: number; gradientClip: number },
  ): Promise<{ loss: number; tokens: number; gradientNorm: number }> {
    const total = examples.reduce((sum, { weights }) => sum + weights.slice(1).reduce((a, b) => a + b, 0), 0);
    if (!(total > 0)) throw new BatchError('No token of the batch has weight. Give some that are to be learned.');
    const sequences = examples.map(({ ids, weights }) => ({ ids, reward: 0, weights: weights.map((w) => w / total) }));
    const { dims } = this.#workspace.upload(sequences);
    const { places } = this.#workspace;
    this.#optimizer.prepare(options.learningRate, options.gradientClip);
    const bytes = 4 * dims.rows;
    this.#gpu.submit('supervise', (recorder) => {
      this.#encode(recorder, dims, 'forward', 'crossEntropy', 'backward', 'optimizer');
      recorder.copy(places.report, 0, this.#results, 0, bytes);
      recorder.copy(this.#optimizer.norm, 0, this.#results, bytes, 8);
    });
    this.#generator.forget();
    const results = await this.#gpu.readFloats(this.#results, 0, dims.rows + 2);
    let loss = 0;
    for (let row = 0; row < dims.rows; row++) loss += results[row];
    return { loss, tokens: dims.tokens, gradientNorm: results[dims.rows] };
  }

  /**
   * Log-probability and entropy (nats) of every token but the first of each sequence, under the present parameters.
   */
  async score(sequences: readonly (readonly number[])[]): Promise<{ logprobs: number[]; entropies: number[] }[]> {
    const { dims, packed } = this.#workspace.upload(
      sequences.map((ids) => ({ ids, reward: 0, weights: ids.map(() => 1) })),
    );
    const { logProbability, entropy } = this.#workspace.places;
    const bytes = 4 * dims.rows;
    this.#gpu.submit('score', (recorder) => {
      this.#encode(recorder, dims, 'forward', 'scores');
      recorder.copy(logProbability, 0, this.#results, 0, bytes);
      recorder.copy(entropy, 0, this.#results, bytes, bytes);
    });
    const results = await this.#gpu.readFloats(this.#results, 0, 2 * dims.rows);
    const [logprobs, entropies] = [results.subarray(0, dims.rows), results.subarray(dims.rows)];
    return sequences.map((_, s) => {
      const [from, end] = [packed.rowStarts[s], packed.rowStarts[s + 1]];
      return { logprobs: [...logprobs.subarray(from, end)], entropies: [...entropies.subarray(from, end)] };
    });
  }

  /**
   * The gradient of the last step through this model's workspace, before clipping, in the flat layout: read it before
   * another model that shares the workspace learns.
   */
  gradient(): Promise<Float32Array<ArrayBuffer>> {
    return this.#gpu.readFloats(this.#workspace.gradients.flat, 0, this.layout.size);
  }

  #encode(recorder: Recorder, dims: Dims, ...names: (PlanName | 'optimizer')[]): void {
    for (const name of names) {
      if (name !== 'optimizer') {
        this.#plans[name].encode(recorder, dims);
        if (name === 'backward') this.work.passed('backward', dims);
        else if (name === 'forward' || name === 'forwardReference') this.work.passed('forward', dims);
        continue;
      }
      this.#optimizer.plan.encode(recorder, dims);
      this.#weights.mirror(recorder);
      this.work.updates++;
    }
  }

  /** Throws `UnsupportedModelError` for a state of another shape. */
  load(state: AgentState): void {
    const arrays = [state.parameters, state.reference, state.firstMoment, state.secondMoment];
    const keys = Object.keys(this.config) as (keyof LlamaConfig)[];
    const other = keys.find((key) => state.config[key] !== this.config[key]);
    if (other || arrays.some(({ length }) => length !== this.layout.size)) {
      const what = other ? `${other} ${state.config[other]}, not ${this.config[other]}` : 'arrays of another length';
      throw new UnsupportedModelError(`This state has ${what}. Load it into a model made for it.`);
    }
    const gpu = this.#gpu;
    gpu.write(this.#weights.buffer, state.parameters);
    gpu.write(this.#reference.buffer, state.reference);
    gpu.write(this.#optimizer.first, state.firstMoment);
    gpu.write(this.#optimizer.second, state.secondMoment);
    this.#optimizer.updates = state.updates;
    this.#gpu.submit('load', (recorder) => {
      this.#weights.mirror(recorder);
      this.#reference.mirror(recorder);
    });
    this.#generator.forget();
  }

  async save(): Promise<AgentState> {
    const { updates } = this.#optimizer;
    const [parameters, reference, firstMoment, secondMoment] = await Promise.all(
      [this.#weights.buffer, this.#reference.buffer, this.#optimizer.first, this.#optimizer.second].map((buffer) =>
        this.#gpu.readFloats(buffer),
      ),
    );
    return { config: this.config, parameters, reference, firstMoment, secondMoment, updates };
  }
}
