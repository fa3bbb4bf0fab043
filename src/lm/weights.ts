import { allocate, storage, table } from '../gpu/buffer-spec';
import type { Gpu } from '../gpu/device';
import { Plan } from '../gpu/plan';
import type { Recorder } from '../gpu/recorder';
import { NO_NORM, transposedMatrix } from '../gpu/structs';
import type { LlamaConfig } from '../model/config';
import type { ForwardWeights } from './forward';
import type { ModelKernels } from './kernels';
import { parameterLayout, type Group } from '../model/layout';
import { productBytes, slice, transposedLayout, type TransposedPlace } from './layout';

/** A set of parameters, with its matrices transposed. */
export function weightBuffers(config: LlamaConfig, half: boolean) {
  const { matrices, size, withCopies } = transposedLayout(config);
  return {
    parameters: storage('parameters', 'parameters', parameterLayout(config).size),
    transposed: storage('transposed-weights', 'parameters', (productBytes(half) * (half ? withCopies : size)) / 4),
    matrices: table('matrices', (matrices.length * transposedMatrix.size) / 4, () =>
      transposedMatrix.packAll(
        matrices.map(({ matrix, inputs, norm, outputs, stride, to, copy }) => ({
          ...{ matrix: matrix.offset / 4, place: to / 4, norm: norm ? norm.offset / 4 : NO_NORM },
          ...{ outputs, inputs, stride: stride / 4, copy: copy / 4 },
        })),
      ),
    ),
  };
}

/**
 * A learning model's set of parameters on the GPU, and its transposed weights, which the forward products read. A matrix that
 * multiplies a normed input has the norm's weight in its transpose. In half precision the products of both directions read
 * f16, and the parameters stay f32. `transpose` must run after every change.
 */
export class Weights implements ForwardWeights {
  readonly buffer: GPUBuffer;
  readonly embedding: GPUBufferBinding;
  readonly allTransposed: GPUBuffer;
  readonly #half: boolean;
  readonly #places: ReadonlyMap<number, TransposedPlace>;
  readonly #transpose: Plan;

  constructor(gpu: Gpu, kernels: ModelKernels, config: LlamaConfig) {
    const { half } = kernels;
    const places = transposedLayout(config).matrices;
    const { parameters, transposed, matrices } = allocate(gpu, weightBuffers(config, half));
    this.buffer = parameters;
    this.embedding = slice(parameters, parameterLayout(config).embed);
    this.allTransposed = transposed;
    this.#half = half;
    this.#places = new Map(places.map((place) => [place.matrix.offset, place]));
    const most = Math.max(...places.map(({ inputs, stride }) => (inputs / 4) * (stride / 4)));
    this.#transpose = new Plan(gpu);
    this.#transpose.add(kernels.transpose, [matrices, parameters, transposed], { grid: [most, places.length] });
  }

  readonly transposed = (matrix: Group): GPUBufferBinding => {
    const { to, inputs, stride } = this.#place(matrix);
    return this.#products(to, inputs * stride);
  };

  /** A matrix of the layout as it is, [out, in]. */
  readonly straight = (matrix: Group): GPUBufferBinding =>
    this.#half ? this.#products(this.#place(matrix).copy, matrix.size) : slice(this.buffer, matrix);

  /** Encodes the transposition of all matrices. */
  transpose(recorder: Recorder): void {
    this.#transpose.encode(recorder, { tokens: 0, rows: 0, sequences: 0, chunks: 0 });
  }

  #place({ offset }: Group): TransposedPlace {
    const place = this.#places.get(offset);
    if (!place) throw new RangeError(`No matrix stands at ${offset}.`);
    return place;
  }

  /** So many numbers of the products, from a place in the transposed weights on. */
  #products(place: number, count: number): GPUBufferBinding {
    const bytes = productBytes(this.#half);
    return { buffer: this.allTransposed, offset: bytes * place, size: bytes * count };
  }
}
