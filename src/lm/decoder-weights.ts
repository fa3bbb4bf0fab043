import { allocate, storage } from '../gpu/buffer-spec';
import type { Gpu } from '../gpu/device';
import { Plan } from '../gpu/plan';
import { NO_NORM, transposedMatrix } from '../gpu/structs';
import type { LlamaConfig } from '../model/config';
import { parameterLayout, type Group } from '../model/layout';
import type { ForwardWeights } from './forward';
import type { DecoderKernels } from './kernels';
import { productBytes, transposedLayout, type TransposedPlace } from './layout';

/** Most floats that are handed over at once: a larger matrix is transposed some rows at a time. */
const STAGED = 2 ** 22;

/** Matrices whose transposes stand in one buffer: a run of the transposed layout, its ends in numbers. */
interface Shard {
  matrices: TransposedPlace[];
  from: number;
  to: number;
}

/** As few shards as hold all matrices in their order, each within the limit in bytes unless one matrix exceeds it. */
function shardsOf(config: LlamaConfig, half: boolean, largestBuffer: number): Shard[] {
  const most = largestBuffer / productBytes(half);
  const shards: Shard[] = [];
  for (const place of transposedLayout(config).matrices) {
    const to = place.to + place.inputs * place.stride;
    const last = shards.at(-1);
    if (last && to - last.from <= most) {
      last.matrices.push(place);
      last.to = to;
    } else {
      shards.push({ matrices: [place], from: place.to, to });
    }
  }
  return shards;
}

/** The parameters of a model that only decodes, where a buffer may have so many bytes. */
export const decoderWeightBuffers = (config: LlamaConfig, half: boolean, largestBuffer: number) => ({
  embedding: storage('embedding', 'parameters', parameterLayout(config).embed.size),
  shards: shardsOf(config, half, largestBuffer).map(({ from, to }) =>
    storage('transposed-weights', 'parameters', (productBytes(half) * (to - from)) / 4),
  ),
});

/**
 * What a forward pass reads, and no more: the embedding in f32, and every matrix transposed, in as many buffers as the
 * adapter's limit asks for. The parameters as they are go through a staging buffer.
 */
export class DecoderWeights implements ForwardWeights {
  readonly embedding: GPUBuffer;
  readonly allTransposed: GPUBuffer | null;
  readonly #gpu: Gpu;
  readonly #config: LlamaConfig;
  readonly #kernels: DecoderKernels;
  readonly #transposed = new Map<number, GPUBufferBinding>();

  /** Throws `GpuMemoryError` where one matrix is larger than the adapter allows. */
  constructor(gpu: Gpu, kernels: DecoderKernels, config: LlamaConfig) {
    this.#gpu = gpu;
    this.#config = config;
    this.#kernels = kernels;
    const { half } = kernels;
    const { embedding, shards } = allocate(gpu, decoderWeightBuffers(config, half, gpu.largestBuffer));
    this.embedding = embedding;
    this.allTransposed = shards.length === 1 ? shards[0] : null;
    const bytes = productBytes(half);
    for (const [i, { matrices, from }] of shardsOf(config, half, gpu.largestBuffer).entries()) {
      for (const { matrix, inputs, stride, to } of matrices) {
        const place = { buffer: shards[i], offset: bytes * (to - from), size: bytes * inputs * stride };
        this.#transposed.set(matrix.offset, place);
      }
    }
  }

  readonly transposed = ({ offset }: Group): GPUBufferBinding => {
    const matrix = this.#transposed.get(offset);
    if (!matrix) throw new RangeError(`No matrix stands at ${offset}.`);
    return matrix;
  };

  /** Takes the parameters in their flat layout. */
  load(parameters: Float32Array<ArrayBuffer>): void {
    const gpu = this.#gpu;
    const floats = (from: number, count: number) => parameters.subarray(from, from + count);
    const { embed } = parameterLayout(this.#config);
    gpu.write(this.embedding, floats(embed.offset, embed.size));
    const places = transposedLayout(this.#config).matrices;
    const rowsAtOnce = places.map((place) => stagedRows(place, gpu.largestBuffer));
    // The norm's weight stands in front of the rows.
    const staged = Math.max(...places.map(({ inputs }, i) => (1 + rowsAtOnce[i]) * inputs));
    const staging = allocate(gpu, {
      rows: storage('staged-parameters', 'parameters', staged),
      record: storage('staged-matrix', 'other', transposedMatrix.size / 4),
    });
    for (const [i, { matrix, norm, inputs, outputs, stride }] of places.entries()) {
      const most = rowsAtOnce[i];
      const plan = new Plan(gpu);
      const resources = [staging.record, staging.rows, this.transposed(matrix)];
      plan.add(this.#kernels.transpose, resources, { grid: [(Math.ceil(most / 4) * inputs) / 4, 1] });
      if (norm) gpu.write(staging.rows, floats(norm.offset, norm.size));
      for (let first = 0; first < outputs; first += most) {
        const rows = Math.min(most, outputs - first);
        const record = transposedMatrix.pack({
          ...{ norm: norm ? 0 : NO_NORM, matrix: inputs / 4, place: first / 4 },
          ...{ outputs: rows, inputs, stride: stride / 4, copy: 0 },
        });
        gpu.write(staging.record, record);
        gpu.write(staging.rows, floats(matrix.offset + first * inputs, rows * inputs), 4 * inputs);
        gpu.submit('load', (recorder) => {
          plan.encode(recorder, { tokens: 0, rows: 0, sequences: 0, chunks: 0 });
        });
      }
    }
    for (const buffer of Object.values(staging)) gpu.release(buffer);
  }
}

/** Rows of a matrix that are transposed at once: all of them, or whole vec4s of the transpose. */
function stagedRows({ inputs, outputs }: TransposedPlace, largestBuffer: number): number {
  const fitting = Math.floor(Math.min(STAGED, largestBuffer / 4) / inputs) - 1;
  return Math.min(outputs, Math.max(4, Math.floor(fitting / 4) * 4));
}
