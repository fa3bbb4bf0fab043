import { allocate, storage, table } from '../gpu/buffer-spec';
import type { Gpu } from '../gpu/device';
import { Plan } from '../gpu/plan';
import type { Recorder } from '../gpu/recorder';
import { transposedMatrix } from '../gpu/structs';
import type { LlamaConfig } from '../model/config';
import type { DecoderKernels } from './kernels';
import { parameterLayout, type Group } from '../model/layout';
import { transposedLayout, slice } from './layout';

/** One matrix as the products read it. */
interface MatrixBindings {
  /** [in, stride], out padded to whole vec4s. */
  transposed: GPUBufferBinding;
  /** [out, in] */
  straight: GPUBufferBinding;
}

const NO_NORM = 0xffffffff;

/** Bytes of a number that products read. */
const bytesOf = (half: boolean) => (half ? 2 : 4);

/** A set of parameters, with its matrices transposed. */
export function weightBuffers(config: LlamaConfig, half: boolean) {
  const { matrices, size } = transposedLayout(config, half);
  return {
    parameters: storage('parameters', 'parameters', parameterLayout(config).size),
    transposed: storage('transposed-weights', 'parameters', (bytesOf(half) * size) / 4),
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
 * A set of parameters on the GPU, and its transposed weights, which the forward products read. A matrix that multiplies a
 * normed input has the norm's weight in its transpose. In half precision the products of both directions read f16, and the
 * parameters stay f32. `transpose` must run after every change.
 */
export class Weights {
  readonly buffer: GPUBuffer;
  /** All matrices as the products read them (`transposedLayout`). */
  readonly transposed: GPUBuffer;
  readonly #transpose: Plan;
  readonly #matrices = new Map<number, MatrixBindings>();

  constructor(gpu: Gpu, kernels: DecoderKernels, config: LlamaConfig) {
    const { half } = kernels;
    const { matrices: places } = transposedLayout(config, half);
    const { parameters, transposed, matrices } = allocate(gpu, weightBuffers(config, half));
    this.buffer = parameters;
    this.transposed = transposed;
    const bytes = bytesOf(half);
    for (const { matrix, inputs, stride, to, copy } of places) {
      this.#matrices.set(matrix.offset, {
        transposed: { buffer: transposed, offset: bytes * to, size: bytes * inputs * stride },
        straight: half
          ? { buffer: transposed, offset: bytes * copy, size: bytes * matrix.size }
          : slice(parameters, matrix),
      });
    }
    const most = Math.max(...places.map(({ inputs, stride }) => (inputs / 4) * (stride / 4)));
    this.#transpose = new Plan(gpu);
    this.#transpose.add(kernels.transpose, [matrices, parameters, transposed], { grid: [most, places.length] });
  }

  /** A matrix of the layout. */
  readonly matrix = (group: Group): MatrixBindings => {
    const matrix = this.#matrices.get(group.offset);
    if (!matrix) throw new RangeError(`No matrix stands at ${group.offset}.`);
    return matrix;
  };

  /** Encodes the transposition of all matrices. */
  transpose(recorder: Recorder): void {
    this.#transpose.encode(recorder, { tokens: 0, rows: 0, sequences: 0, chunks: 0 });
  }
}
