import type { Gpu } from '../gpu/device';
import { GpuMemoryError } from '../gpu/errors';
import type { Dims } from '../gpu/plan';
import { createActivations, createBoth, paddedItems, type Activations, type Both } from './activations';
import { checkIds, pack, type PackedBatch, type TrainingSequence } from './batch';
import type { LlamaConfig } from './config';
import { rotationTable, type BatchBuffers } from './forward';
import { logitStride } from './kernels';
import { parameterLayout } from './layout';

/** Tokens whose weight gradients one invocation sums: enough work a block, enough blocks for a GPU. */
const SLICE = 256;
/** Floats that partial weight gradients may take: a large model has blocks enough without many slices. */
const MOST_PARTIALS = 2 ** 22;

/** Slices of tokens that weight gradients are summed in: how many at most, and tokens in each. */
function slicesFor(tokens: number, size: number): { count: number; tokens: number } {
  const most = Math.max(1, Math.floor(MOST_PARTIALS / size));
  const each = Math.ceil(tokens / most / SLICE) * SLICE;
  return { count: Math.ceil(tokens / each), tokens: each };
}

/** Most tokens and sequences that one training batch may hold. */
export interface TrainingCapacity {
  tokens: number;
  sequences: number;
}

/**
 * Buffers of one training pass. Agents of one shape share a workspace, since they learn one after the other; what an
 * agent wants to keep it copies out in the same submit.
 */
export class TrainingWorkspace {
  readonly capacity: TrainingCapacity;
  readonly activations: Activations;
  readonly rotation: GPUBuffer;
  readonly batch: BatchBuffers & {
    rowToken: GPUBuffer;
    tokenRow: GPUBuffer;
    targets: GPUBuffer;
    weights: GPUBuffer;
    occurrences: GPUBuffer;
    sequences: GPUBuffer;
  };
  /** Per predicted place. `report` is [loss, advantage, clipped, 0]. */
  readonly places: Record<
    'logSumExp' | 'logProbability' | 'entropy' | 'old' | 'reference' | 'advantages' | 'coefficients' | 'report',
    GPUBuffer
  >;
  readonly moments: GPUBuffer;
  readonly slices: { count: number; tokens: number };
  readonly gradients: Record<'stream' | 'gateUp' | 'qkv', Both> &
    Record<'normed' | 'normedRows' | 'attended' | 'logitsByToken' | 'partials' | 'flat' | 'squares', GPUBuffer>;
  readonly #gpu: Gpu;
  readonly #config: LlamaConfig;

  constructor(gpu: Gpu, config: LlamaConfig, capacity: TrainingCapacity) {
    this.#gpu = gpu;
    this.#config = config;
    this.capacity = capacity;
    const { tokens, sequences } = capacity;
    const { hidden_size: hidden, intermediate_size: inner, vocab_size } = config;
    const kv = config.num_key_value_heads * config.head_dim;
    const { size } = parameterLayout(config);
    const words = (name: string, count: number) => gpu.buffer(name, 4 * count);
    this.activations = createActivations(gpu, config, { tokens, rows: tokens, slots: tokens, perLayer: true });
    const table = rotationTable(config);
    this.rotation = words('rotation', table.length);
    gpu.write(this.rotation, table);
    this.batch = {
      dims: gpu.dims('dims'),
      tokens: words('tokens', 4 * tokens),
      rowToken: words('row-token', tokens),
      tokenRow: words('token-row', tokens),
      targets: words('targets', tokens),
      weights: words('weights', tokens),
      occurrences: words('occurrences', vocab_size + 1 + tokens),
      sequences: words('sequences', 3 * sequences),
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
    const flat = words('gradient', size);
    const both = (name: string, width: number) => createBoth(gpu, name, tokens, width);
    this.gradients = {
      stream: both('d-stream', hidden),
      gateUp: both('d-gate-up', 2 * inner),
      qkv: both('d-qkv', hidden + 2 * kv),
      normed: words('d-normed', paddedItems(tokens) * hidden),
      normedRows: words('d-normed-rows', paddedItems(tokens) * hidden),
      attended: words('d-attended', tokens * hidden),
      logitsByToken: words('d-logits', tokens * logitStride(config)),
      partials: this.slices.count > 1 ? words('partial-gradients', this.slices.count * size) : flat,
      flat,
      squares: words('squares', size / 64),
    };
  }

  /** Packs the sequences and uploads them; throws `GpuMemoryError` where they do not fit. */
  upload(sequences: readonly TrainingSequence[]): { packed: PackedBatch; dims: Dims } {
    checkIds(
      sequences.map(({ ids }) => ids),
      this.#config,
    );
    const packed = pack(sequences, this.#config.vocab_size);
    const { tokens, rows } = packed;
    if (tokens > this.capacity.tokens || sequences.length > this.capacity.sequences) {
      throw new GpuMemoryError(
        `A batch of ${sequences.length} sequences and ${tokens} tokens does not fit the planned ${this.capacity.sequences} and ${this.capacity.tokens}. Choose a smaller batch.`,
      );
    }
    const dims: Dims = { tokens, rows, sequences: sequences.length, chunks: Math.ceil(tokens / this.slices.tokens) };
    const gpu = this.#gpu;
    gpu.write(this.batch.dims, new Uint32Array([tokens, rows, dims.sequences, dims.chunks]));
    gpu.write(this.batch.tokens, packed.tokenRecords);
    gpu.write(this.batch.rowToken, packed.rowToken);
    gpu.write(this.batch.tokenRow, packed.tokenRow);
    gpu.write(this.batch.targets, packed.targets);
    gpu.write(this.batch.weights, packed.weights);
    gpu.write(this.batch.occurrences, packed.occurrences);
    gpu.write(this.batch.sequences, packed.sequenceRecords);
    return { packed, dims };
  }
}
