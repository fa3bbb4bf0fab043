import type { Gpu } from '../gpu/device';
import { Plan } from '../gpu/plan';
import type { Recorder } from '../gpu/recorder';
import type { LlamaConfig } from '../model/config';
import type { DecoderKernels } from './kernels';
import { parameterLayout, type Group } from '../model/layout';
import { mirrorLayout, slice } from './layout';

/** One matrix as the products read it. */
interface Mirrored {
  /** [in, stride], out padded to whole vec4s. */
  transposed: GPUBufferBinding;
  stride: number;
  /** [out, in] */
  straight: GPUBufferBinding;
}

const NO_NORM = 0xffffffff;

/**
 * A set of parameters on the GPU, and its matrices transposed beside it, as the forward products read them: those that
 * multiply a normed input have the norm's weight in them. In half precision the products of both directions read f16, and the
 * parameters stay f32. `mirror` must run after every change.
 */
export class Weights {
  readonly buffer: GPUBuffer;
  /** All matrices as the products read them (`mirrorLayout`). */
  readonly transposed: GPUBuffer;
  readonly #mirror: Plan;
  readonly #matrices = new Map<number, Mirrored>();

  constructor(gpu: Gpu, kernels: DecoderKernels, config: LlamaConfig) {
    const { half } = kernels;
    const { matrices: places, size } = mirrorLayout(config, half);
    this.buffer = gpu.buffer('parameters', 4 * parameterLayout(config).size);
    const bytes = half ? 2 : 4;
    this.transposed = gpu.buffer('transposed-weights', bytes * size);
    for (const { matrix, inputs, stride, to, copy } of places) {
      this.#matrices.set(matrix.offset, {
        transposed: { buffer: this.transposed, offset: bytes * to, size: bytes * inputs * stride },
        stride,
        straight: half
          ? { buffer: this.transposed, offset: bytes * copy, size: bytes * matrix.size }
          : slice(this.buffer, matrix),
      });
    }
    const table = places.flatMap(({ matrix, inputs, norm, outputs, stride, to, copy }) => [
      matrix.offset / 4,
      to / 4,
      norm ? norm.offset / 4 : NO_NORM,
      outputs,
      inputs,
      stride / 4,
      copy / 4,
      0,
    ]);
    const most = Math.max(...places.map(({ inputs, stride }) => (inputs / 4) * (stride / 4)));
    this.#mirror = new Plan(gpu);
    this.#mirror.add(kernels.mirror, [gpu.table('matrices', table), this.buffer, this.transposed], {
      grid: [most, places.length],
    });
  }

  /** A matrix of the layout. */
  readonly matrix = (group: Group): Mirrored => {
    const matrix = this.#matrices.get(group.offset);
    if (!matrix) throw new RangeError(`No matrix stands at ${group.offset}.`);
    return matrix;
  };

  /** Encodes the transposition of all matrices. */
  mirror(recorder: Recorder): void {
    this.#mirror.encode(recorder, { tokens: 0, rows: 0, sequences: 0, chunks: 0 });
  }
}
