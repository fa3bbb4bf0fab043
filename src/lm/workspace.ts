import type { Gpu } from '../gpu/device';
import { createActivations, type Activations, type Both, type PassingActivations } from './activations';
import { checkBatch, pack, split, type MicroBatch, type TrainingSequence } from './batch';
import type { LlamaConfig } from '../model/config';
import { rotationBuffer } from './forward';
import type { DecodingWorkspace } from './generator';
import { parameterLayout } from '../model/layout';
import type { TrainingCapacity } from '../model/room';
import { largestSum } from './layout';

/** Tokens whose weight gradients one invocation sums: enough work a block, enough blocks for a GPU. */
export const SLICE = 256;
/** Floats that partial weight gradients of all matrices together would take: a large model has blocks enough without slices. */
const MOST_PARTIALS = 2 ** 22;

/** Slices of tokens that weight gradients are summed in: how many at most, and tokens in each. */
export function slicesFor(tokens: number, size: number): { count: number; tokens: number } {
  const most = Math.max(1, Math.floor(MOST_PARTIALS / size));
  const each = Math.ceil(tokens / most / SLICE) * SLICE;
  return { count: Math.ceil(tokens / each), tokens: each };
}

/** Tokens that are computed at once. */
export const tokensAtOnce = ({ tokens, microBatchTokens = tokens }: TrainingCapacity) =>
  Math.min(tokens, microBatchTokens);

/**
 * Buffers of one pass over a batch or a part of it. Agents of one shape share a workspace, since they work one after the
 * other; what an agent wants to keep it copies out in the same submit. Generation takes turns with training here.
 */
export class TrainingWorkspace implements DecodingWorkspace {
  readonly capacity: TrainingCapacity;
  /** Tokens that are computed at once. */
  readonly tokens: number;
  readonly activations: Activations;
  readonly passing: PassingActivations;
  readonly rotation: GPUBuffer;
  readonly batch: Record<
    'dims' | 'tokens' | 'rowToken' | 'tokenRow' | 'targets' | 'weights' | 'occurrences' | 'sequences',
    GPUBuffer
  >;
  /** Per predicted place. `report` is [loss, advantage, clipped, 0]. */
  readonly places: Record<
    'logSumExp' | 'logProbability' | 'entropy' | 'old' | 'reference' | 'advantages' | 'coefficients' | 'report',
    GPUBuffer
  >;
  readonly moments: GPUBuffer;
  readonly slices: { count: number; tokens: number };
  readonly gradients: Record<'stream' | 'gateUp' | 'qkv', Both> &
    Record<'normed' | 'attended' | 'logitsByToken' | 'flat' | 'squares', GPUBuffer> & {
      /** [slice, what is summed at once] (`summedTogether`); null where there is one slice, which is the gradient itself. */
      partials: GPUBuffer | null;
      /** Gradient of the parts of a batch that went before; null where a batch is always one. */
      total: GPUBuffer | null;
    };
  readonly #gpu: Gpu;
  readonly #config: LlamaConfig;
  /** What the buffers of `batch` hold. */
  #uploaded: MicroBatch | null = null;

  constructor(gpu: Gpu, config: LlamaConfig, capacity: TrainingCapacity) {
    this.#gpu = gpu;
    this.#config = config;
    this.capacity = capacity;
    const tokens = (this.tokens = tokensAtOnce(capacity));
    const layout = parameterLayout(config);
    const { size } = layout;
    const words = (name: string, count: number) => gpu.buffer(name, 4 * count);
    this.activations = createActivations(gpu, config, tokens);
    const { layers, output, inverse, logits } = this.activations;
    this.passing = { layer: layers[0], output, inverse, logits };
    this.rotation = rotationBuffer(gpu, config);
    this.batch = {
      dims: gpu.dims('dims'),
      tokens: words('tokens', 4 * tokens),
      rowToken: words('row-token', tokens),
      tokenRow: words('token-row', tokens),
      targets: words('targets', tokens),
      weights: words('weights', tokens),
      occurrences: words('occurrences', config.vocab_size + 1 + tokens),
      sequences: words('sequences', 3 * capacity.sequences),
    };
    this.places = {
      logSumExp: words('log-sum-exp', tokens),
      logProbability: words('log-probability', tokens),
      entropy: words('entropy', tokens),
      old: words('old-log-probability', tokens),
      reference: words('reference-log-probability', tokens),
      advantages: words('advantages', tokens),
      coefficients: words('coefficients', tokens),
      report: words('report', 4 * tokens),
    };
    this.moments = words('advantage-moments', 2);
    this.slices = slicesFor(tokens, size);
    const { stream, streamByToken, middle, attended, wide, wideByToken } = this.activations.scratch;
    this.gradients = {
      stream: { byFeature: stream, byToken: streamByToken },
      gateUp: { byFeature: wide, byToken: wideByToken },
      qkv: { byFeature: wide, byToken: wideByToken },
      normed: middle,
      attended,
      logitsByToken: wideByToken,
      partials: this.slices.count > 1 ? words('partial-gradients', this.slices.count * largestSum(layout)) : null,
      flat: words('gradient', size),
      total: tokens < capacity.tokens ? words('total-gradient', size) : null,
      squares: words('squares', size / 64),
    };
  }

  /** The batch in parts that are computed at once. Throws `BatchError`, and `GpuMemoryError` where it does not fit. */
  split(sequences: readonly TrainingSequence[]): MicroBatch[] {
    checkBatch(sequences, this.#config, this.capacity);
    let firstRow = 0;
    return split(sequences, this.tokens).map((part) => {
      const packed = pack(part, this.#config.vocab_size);
      const { tokens, rows } = packed;
      const dims = { tokens, rows, sequences: part.length, chunks: Math.ceil(tokens / this.slices.tokens) };
      firstRow += rows;
      return { packed, dims, firstRow: firstRow - rows };
    });
  }

  /** Makes a part of a batch the one that is computed. */
  upload(part: MicroBatch): void {
    if (this.#uploaded === part) return;
    this.#uploaded = part;
    const { packed, dims } = part;
    const gpu = this.#gpu;
    gpu.write(this.batch.dims, new Uint32Array([dims.tokens, dims.rows, dims.sequences, dims.chunks]));
    gpu.write(this.batch.tokens, packed.tokenRecords);
    gpu.write(this.batch.rowToken, packed.rowToken);
    gpu.write(this.batch.tokenRow, packed.tokenRow);
    gpu.write(this.batch.targets, packed.targets);
    gpu.write(this.batch.weights, packed.weights);
    gpu.write(this.batch.occurrences, packed.occurrences);
    gpu.write(this.batch.sequences, packed.sequenceRecords);
  }
}
