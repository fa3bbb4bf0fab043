import { allocate, sizes, storage, type Allocated } from '../gpu/buffer-spec';
import type { Gpu } from '../gpu/device';
import { dims, rewardedSequence, token } from '../gpu/structs';
import {
  activationBuffers,
  activationsIn,
  type Activations,
  type Both,
  type InferenceActivations,
} from './activations';
import { checkBatch, pack, split, type MicroBatch } from './batch';
import type { TrainingSequence } from '../model/training-sequences';
import type { LlamaConfig } from '../model/config';
import { backwardConstants, forwardConstants, type BackwardConstants, type ForwardConstants } from './constants';
import type { DecodingWorkspace } from './generator';
import { parameterLayout } from '../model/layout';
import type { TrainingCapacity } from '../model/capacity';
import { largestSum } from './layout';

/** Tokens whose weight gradients one invocation sums: enough work for a block, and enough blocks for a GPU. */
export const SLICE = 256;
/** Most floats of partial weight gradients of all matrices together: a large model has enough blocks without slices. */
const MOST_PARTIALS = 2 ** 22;

/** Slices of tokens in which weight gradients are summed: their number and the tokens in each. */
export function slicesFor(tokens: number, size: number): { count: number; tokens: number } {
  const most = Math.max(1, Math.floor(MOST_PARTIALS / size));
  const each = Math.ceil(tokens / most / SLICE) * SLICE;
  return { count: Math.ceil(tokens / each), tokens: each };
}

/** Tokens that are computed at once. */
export const tokensAtOnce = ({ tokens, microBatchTokens = tokens }: TrainingCapacity) =>
  Math.min(tokens, microBatchTokens);

/** Buffers of a workspace. */
export function workspaceBuffers(config: LlamaConfig, capacity: TrainingCapacity) {
  const tokens = tokensAtOnce(capacity);
  const layout = parameterLayout(config);
  const { size } = layout;
  const slices = slicesFor(tokens, size);
  const batch = (label: string, numbers: number) => storage(label, 'other', numbers);
  const place = (label: string, width = 1) => storage(label, 'activations', width * tokens);
  const gradient = (label: string, numbers: number) => storage(label, 'gradients', numbers);
  return {
    constants: { forward: forwardConstants(config), backward: backwardConstants(config, slices.tokens) },
    activations: activationBuffers(config, tokens),
    batch: {
      dims: sizes('dims'),
      tokens: batch('tokens', (tokens * token.size) / 4),
      rowToken: batch('row-token', tokens),
      tokenRow: batch('token-row', tokens),
      targets: batch('targets', tokens),
      weights: batch('weights', tokens),
      occurrences: batch('occurrences', config.vocab_size + 1 + tokens),
      sequences: batch('sequences', (capacity.sequences * rewardedSequence.size) / 4),
    },
    places: {
      logSumExp: place('log-sum-exp'),
      logProbability: place('log-probability'),
      entropy: place('entropy'),
      old: place('old-log-probability'),
      reference: place('reference-log-probability'),
      advantages: place('advantages'),
      coefficients: place('coefficients'),
      /** [loss, advantage, clipped, 0] */
      report: place('report', 4),
    },
    moments: storage('advantage-moments', 'activations', 2),
    gradients: {
      flat: gradient('gradient', size),
      /** [slice, what is summed at once] (`summedTogether`); none where there is one slice, which is the gradient itself. */
      partials: slices.count > 1 ? gradient('partial-gradients', slices.count * largestSum(layout)) : null,
      /** Gradient of the parts of a batch that went before; none where a batch is always one. */
      total: tokens < capacity.tokens ? gradient('total-gradient', size) : null,
      squares: storage('squares', 'optimizer', size / 64),
    },
  };
}

type WorkspaceBuffers = Allocated<ReturnType<typeof workspaceBuffers>>;

/**
 * Buffers of one pass over a batch or a part of it. Agents of one shape share a workspace, since they work one after the
 * other. An agent copies what it wants to keep in the same submit. Generation takes turns with training here.
 */
export class TrainingWorkspace implements DecodingWorkspace {
  readonly capacity: TrainingCapacity;
  /** Tokens that are computed at once. */
  readonly tokens: number;
  readonly constants: { forward: ForwardConstants; backward: BackwardConstants };
  readonly activations: Activations;
  readonly inference: InferenceActivations;
  readonly batch: WorkspaceBuffers['batch'];
  /** Per predicted place. */
  readonly places: WorkspaceBuffers['places'];
  readonly moments: GPUBuffer;
  readonly slices: { count: number; tokens: number };
  readonly gradients: WorkspaceBuffers['gradients'] &
    Record<'stream' | 'gateUp' | 'qkv', Both> &
    Record<'normed' | 'attended' | 'logitsByToken', GPUBuffer>;
  readonly #gpu: Gpu;
  readonly #config: LlamaConfig;
  /** What the buffers of `batch` hold. */
  #uploaded: MicroBatch | null = null;

  constructor(gpu: Gpu, config: LlamaConfig, capacity: TrainingCapacity) {
    this.#gpu = gpu;
    this.#config = config;
    this.capacity = capacity;
    const tokens = (this.tokens = tokensAtOnce(capacity));
    this.slices = slicesFor(tokens, parameterLayout(config).size);
    const buffers = allocate(gpu, workspaceBuffers(config, capacity));
    this.constants = buffers.constants;
    this.activations = activationsIn(buffers.activations);
    const { layers, output, inverse, logits } = this.activations;
    this.inference = { layer: layers[0], output, inverse, logits };
    this.batch = buffers.batch;
    this.places = buffers.places;
    this.moments = buffers.moments;
    const { stream, streamByToken, middle, attended, wide, wideByToken } = this.activations.scratch;
    this.gradients = {
      ...buffers.gradients,
      stream: { byFeature: stream, byToken: streamByToken },
      gateUp: { byFeature: wide, byToken: wideByToken },
      qkv: { byFeature: wide, byToken: wideByToken },
      normed: middle,
      attended,
      logitsByToken: wideByToken,
    };
  }

  /** The batch in parts that are computed at once. Throws `BatchError`, and `GpuMemoryError` where it does not fit. */
  split(sequences: readonly TrainingSequence[]): MicroBatch[] {
    checkBatch(sequences, this.#config, this.capacity);
    let firstRow = 0;
    return split(sequences, this.tokens).map((part) => {
      const packed = pack(part, this.#config.vocab_size);
      const { tokens, rows } = packed;
      const chunks = Math.ceil(tokens / this.slices.tokens);
      firstRow += rows;
      return { packed, dims: { tokens, rows, sequences: part.length, chunks }, firstRow: firstRow - rows };
    });
  }

  /** Uploads the part of a batch that is computed next. */
  upload(part: MicroBatch): void {
    if (this.#uploaded === part) return;
    this.#uploaded = part;
    const { packed } = part;
    const gpu = this.#gpu;
    gpu.write(this.batch.dims, dims.pack(part.dims));
    gpu.write(this.batch.tokens, packed.tokenRecords);
    gpu.write(this.batch.rowToken, packed.rowToken);
    gpu.write(this.batch.tokenRow, packed.tokenRow);
    gpu.write(this.batch.targets, packed.targets);
    gpu.write(this.batch.weights, packed.weights);
    gpu.write(this.batch.occurrences, packed.occurrences);
    gpu.write(this.batch.sequences, packed.sequenceRecords);
  }
}
