import { allocate, sizes, storage, uniform, type Allocated } from '../gpu/buffer-spec';
import type { Gpu } from '../gpu/device';
import { Plan } from '../gpu/plan';
import type { Recorder } from '../gpu/recorder';
import { dims, policy } from '../gpu/structs';
import type { PolicySample, UpdateOptions, UpdateReport } from '../model/agent';
import type { Score, SupervisedOptions, SupervisedReport, SupervisedSequence } from '../model/trainable-model';
import { crossEntropySequences, policySequences } from '../model/training-sequences';
import type { MicroBatch } from './batch';
import type { LlamaConfig } from '../model/config';
import type { ModelKernels } from './kernels';
import { learningPlans, type LearningPlans } from './learning-plans';
import { parameterLayout } from '../model/layout';
import { Optimizer, optimizerBuffers } from './optimizer';
import type { Weights } from './weights';
import type { WorkCounter } from '../model/work-counter';
import type { TrainingWorkspace } from './workspace';

/** Commands to record while a part of a batch is in the workspace. */
type Task = [part: MicroBatch, record: (recorder: Recorder) => void];

/** Buffers of a learner. `kept` holds results of a whole batch of so many tokens, per predicted place. */
export function learnerBuffers(config: LlamaConfig, { tokens }: { tokens: number }) {
  const kept = (width: number) => storage('results', 'other', width * tokens);
  return {
    optimizer: optimizerBuffers(parameterLayout(config)),
    policy: uniform('policy', policy),
    dims: sizes('batch-dims'),
    kept: { report: kept(4), old: kept(1), reference: kept(1), entropy: kept(1), advantages: kept(1) },
  };
}

type LearnerBuffers = Allocated<ReturnType<typeof learnerBuffers>>;

/**
 * How a model learns: policy updates, supervised steps, and scores. A batch that is larger than the workspace goes through
 * it in parts. Their gradients add up, and one optimizer step follows the last part: the result is the same but for the
 * order of summation. A batch that fits is one submit, and every batch is one readback.
 */
export class Learner {
  readonly optimizer: Optimizer;
  readonly #gpu: Gpu;
  readonly #work: WorkCounter;
  readonly #workspace: TrainingWorkspace;
  readonly #weights: Weights;
  readonly #policy: GPUBuffer;
  /** Predicted places of the whole batch. */
  readonly #dims: GPUBuffer;
  readonly #kept: LearnerBuffers['kept'];
  readonly #plans: LearningPlans;
  /** Mean and 1 / deviation of the advantages of the whole batch. */
  readonly #whiten: Plan;

  constructor(
    gpu: Gpu,
    kernels: ModelKernels,
    config: LlamaConfig,
    weights: Weights,
    reference: Weights,
    workspace: TrainingWorkspace,
    work: WorkCounter,
  ) {
    this.#work = work;
    this.#gpu = gpu;
    this.#workspace = workspace;
    this.#weights = weights;
    const buffers = allocate(gpu, learnerBuffers(config, workspace.capacity));
    this.#policy = buffers.policy;
    this.#dims = buffers.dims;
    this.#kept = buffers.kept;
    const { flat, squares } = workspace.gradients;
    const { size } = parameterLayout(config);
    this.optimizer = new Optimizer(gpu, kernels, buffers.optimizer, weights.buffer, flat, squares, size);
    this.#plans = learningPlans(gpu, kernels, config, weights, reference, workspace, this.#policy);
    this.#whiten = new Plan(gpu);
    const { moments } = workspace;
    this.#whiten.add(kernels.whiten, [this.#dims, this.#policy, this.#kept.advantages, moments], { invocations: 64 });
  }

  /** `Agent.update`. All is submitted before the first wait. */
  async update(samples: readonly PolicySample[], options: UpdateOptions): Promise<UpdateReport> {
    const { beta, epsilon, normalize, lossMean, updatesPerBatch, learningRate, gradientClip } = options;
    const parts = this.#workspace.split(policySequences(samples, lossMean));
    const rows = countRows(parts);
    this.#gpu.write(this.#policy, policy.pack({ beta, epsilon, normalize: normalize ? 1 : 0 }));
    this.#gpu.write(this.#dims, dims.pack({ tokens: 0, rows, sequences: samples.length, chunks: 0 }));

    const tasks: Task[] = parts.map((part) => [part, (recorder) => this.#scorePolicies(recorder, part)]);
    tasks.push([parts[parts.length - 1], (recorder) => this.#whiten.encode(recorder, WHOLE)]);
    let order = parts;
    for (let update = 0; update < updatesPerBatch; update++) {
      // The order alternates, so that each pass begins with the part that is already in the workspace.
      order = [...order].reverse();
      order.forEach((part, place) => {
        tasks.push([
          part,
          (recorder) => {
            if (update > 0 || place > 0) this.#recall(recorder, part);
            this.#encode(recorder, part, 'surrogate');
            if (update === updatesPerBatch - 1) this.#keep(recorder, part, 'report', 4);
            this.#backward(recorder, part, place, parts.length);
          },
        ]);
      });
      this.optimizer.prepare(learningRate, gradientClip);
      this.#submit('update', tasks.splice(0));
    }

    const { report, old, reference, entropy } = this.#kept;
    const [reports, olds, references, entropies, [grad_norm]] = await Promise.all([
      this.#gpu.readFloats(report, 0, 4 * rows),
      ...[old, reference, entropy].map((buffer) => this.#gpu.readFloats(buffer, 0, rows)),
      this.#gpu.readFloats(this.optimizer.norm),
    ]);
    const sum = (value: (row: number) => number, from = 0, end = rows) => {
      let total = 0;
      for (let row = from; row < end; row++) total += value(row);
      return total;
    };
    return {
      loss: sum((row) => reports[4 * row]),
      kl: sum((row) => olds[row] - references[row]) / rows,
      entropy: sum((row) => entropies[row]) / rows,
      grad_norm,
      clip_ratio: sum((row) => reports[4 * row + 2]) / rows,
      tokens: rows,
      advantages: rowRanges(parts).map(([from, end]) => sum((row) => reports[4 * row + 1], from, end) / (end - from)),
    };
  }

  /** One AdamW step on the weighted mean cross-entropy of the batch; `tokens` counts those read. */
  async supervise(
    examples: readonly SupervisedSequence[],
    { learningRate, gradientClip }: SupervisedOptions,
  ): Promise<SupervisedReport> {
    const parts = this.#workspace.split(crossEntropySequences(examples));
    this.optimizer.prepare(learningRate, gradientClip);
    const tasks = parts.map((part, place): Task => [
      part,
      (recorder) => {
        this.#encode(recorder, part, 'forward', 'crossEntropy');
        this.#keep(recorder, part, 'report');
        this.#backward(recorder, part, place, parts.length);
      },
    ]);
    this.#submit('supervise', tasks);
    const [losses, [grad_norm]] = await Promise.all([
      this.#gpu.readFloats(this.#kept.report, 0, countRows(parts)),
      this.#gpu.readFloats(this.optimizer.norm),
    ]);
    const tokens = parts.reduce((sum, { dims }) => sum + dims.tokens, 0);
    return { loss: losses.reduce((a, b) => a + b, 0), tokens, grad_norm };
  }

  /** Log-probability and entropy (nats) of every token but the first of each sequence, under the present parameters. */
  async score(sequences: readonly (readonly number[])[]): Promise<Score[]> {
    const parts = this.#workspace.split(sequences.map((ids) => ({ ids, reward: 0, weights: ids.map(() => 1) })));
    const { places } = this.#workspace;
    const tasks = parts.map((part): Task => [
      part,
      (recorder) => {
        this.#encode(recorder, part, 'forward', 'scores');
        this.#copy(recorder, part, places.logProbability, this.#kept.old);
        this.#keep(recorder, part, 'entropy');
      },
    ]);
    this.#submit('score', tasks);
    const rows = countRows(parts);
    const [logprobs, entropies] = await Promise.all([
      this.#gpu.readFloats(this.#kept.old, 0, rows),
      this.#gpu.readFloats(this.#kept.entropy, 0, rows),
    ]);
    return rowRanges(parts).map(([from, end]) => ({
      logprobs: [...logprobs.subarray(from, end)],
      entropies: [...entropies.subarray(from, end)],
    }));
  }

  /**
   * Submits the tasks in order. Consecutive tasks on the same part are one submit; another part has to be uploaded in
   * between.
   */
  #submit(label: string, tasks: readonly Task[]): void {
    for (let at = 0; at < tasks.length;) {
      const [part] = tasks[at];
      this.#workspace.upload(part);
      this.#gpu.submit(label, (recorder) => {
        for (; at < tasks.length && tasks[at][0] === part; at++) tasks[at][1](recorder);
      });
    }
  }

  /** Computes π_old, π_ref, entropy and advantages of a part, which depend on no other part. */
  #scorePolicies(recorder: Recorder, part: MicroBatch): void {
    const { logProbability, old } = this.#workspace.places;
    this.#encode(recorder, part, 'forwardReference', 'scoresReference', 'forward', 'scores');
    recorder.copy(logProbability, 0, old, 0, 4 * part.dims.rows);
    for (const name of ['old', 'reference', 'entropy'] as const) this.#keep(recorder, part, name);
    this.#encode(recorder, part, 'advantages');
    this.#keep(recorder, part, 'advantages');
  }

  /** Runs forward under the present parameters, and brings back the part's π_old and advantages. */
  #recall(recorder: Recorder, part: MicroBatch): void {
    this.#encode(recorder, part, 'forward', 'scores');
    const { firstRow, dims } = part;
    for (const name of ['old', 'advantages'] as const) {
      recorder.copy(this.#kept[name], 4 * firstRow, this.#workspace.places[name], 0, 4 * dims.rows);
    }
  }

  /** Runs backward on the part at `place` of `count`. The optimizer's step follows the last one. */
  #backward(recorder: Recorder, part: MicroBatch, place: number, count: number): void {
    const { flat, total } = this.#workspace.gradients;
    this.#encode(recorder, part, 'backward');
    const last = place === count - 1;
    if (total && count > 1) {
      if (place === 0) recorder.copy(flat, 0, total, 0, flat.size);
      else this.#encode(recorder, part, 'accumulate');
      if (last) recorder.copy(total, 0, flat, 0, flat.size);
    }
    if (!last) return;
    this.optimizer.plan.encode(recorder, part.dims);
    this.#weights.transpose(recorder);
    this.#work.updates++;
  }

  #encode(recorder: Recorder, { dims }: MicroBatch, ...names: (keyof LearningPlans)[]): void {
    for (const name of names) {
      this.#plans[name].encode(recorder, dims);
      if (name === 'backward') this.#work.passed('backward', dims);
      else if (name === 'forward' || name === 'forwardReference') this.#work.passed('forward', dims);
    }
  }

  /** Copies a part's results from the workspace to those of the whole batch. */
  #keep(recorder: Recorder, part: MicroBatch, name: keyof LearnerBuffers['kept'], width = 1): void {
    this.#copy(recorder, part, this.#workspace.places[name], this.#kept[name], width);
  }

  #copy(recorder: Recorder, { firstRow, dims }: MicroBatch, from: GPUBuffer, to: GPUBuffer, width = 1): void {
    recorder.copy(from, 0, to, 4 * width * firstRow, 4 * width * dims.rows);
  }
}

/** Dispatches over the whole batch read their sizes on the GPU. */
const WHOLE = { tokens: 0, rows: 0, sequences: 0, chunks: 0 };

const countRows = (parts: readonly MicroBatch[]) => parts.reduce((sum, { dims }) => sum + dims.rows, 0);

/** First predicted place of each sequence of the batch, and one past its last. */
const rowRanges = (parts: readonly MicroBatch[]) =>
  parts.flatMap(({ packed: { rowStarts }, firstRow }) =>
    rowStarts.slice(1).map((end, s): [from: number, end: number] => [firstRow + rowStarts[s], firstRow + end]),
  );
