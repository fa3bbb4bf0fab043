import type { Gpu } from '../gpu/device';
import { transposedStride } from '../gpu/kernels/matmul';
import { Plan } from '../gpu/plan';
import type { Recorder } from '../gpu/recorder';
import type { LlamaConfig } from './config';
import type { ModelKernels } from './kernels';
import { parameterLayout, slice, type Group } from './layout';

/** One matrix transposed: [in, stride], out padded to whole blocks. */
interface TransposedMatrix {
  binding: GPUBufferBinding;
  stride: number;
}

/** Bindings start at multiples of 256 bytes on every adapter. */
const ALIGN = 64;

/**
 * A set of parameters on the GPU, and its matrices transposed beside it, as the forward products read them. `mirror`
 * must run after every change.
 */
export class Weights {
  readonly buffer: GPUBuffer;
  readonly #mirror: Plan;
  readonly #matrices = new Map<number, TransposedMatrix>();

  constructor(gpu: Gpu, kernels: ModelKernels, config: LlamaConfig) {
    const layout = parameterLayout(config);
    const { hidden_size: hidden, intermediate_size: inner } = config;
    this.buffer = gpu.buffer('parameters', 4 * layout.size);
    this.#mirror = new Plan(gpu);
    const matrices: [group: Group, inputs: number][] = [[layout.head, hidden]];
    for (const { qkv, o_proj, gate_up, down_proj } of layout.layers) {
      matrices.push([qkv, hidden], [o_proj, hidden], [gate_up, hidden], [down_proj, inner]);
    }
    const places = matrices.map(([group, inputs]) => ({
      group,
      inputs,
      outputs: group.size / inputs,
      size: inputs * transposedStride(group.size / inputs),
    }));
    const aligned = (size: number) => Math.ceil(size / ALIGN) * ALIGN;
    const mirror = gpu.buffer(
      'transposed-weights',
      places.reduce((sum, { size }) => sum + 4 * aligned(size), 0),
    );
    // Only the fixed sizes below are read, but every kernel binds the sizes of a batch.
    const dims = gpu.buffer('no-dims', 16);
    let offset = 0;
    for (const { group, inputs, outputs, size } of places) {
      const binding = { buffer: mirror, offset: 4 * offset, size: 4 * size };
      this.#matrices.set(group.offset, { binding, stride: transposedStride(outputs) });
      this.#mirror.add(
        kernels.transpose,
        [dims, gpu.uniform('shape', [inputs, outputs]), slice(this.buffer, group), binding],
        { invocations: (Math.ceil(outputs / 4) * inputs) / 4 },
      );
      offset += aligned(size);
    }
  }

  /** A matrix of the layout, transposed. */
  readonly transposed = (group: Group): TransposedMatrix => {
    const matrix = this.#matrices.get(group.offset);
    if (!matrix) throw new RangeError(`No matrix stands at ${group.offset}.`);
    return matrix;
  };

  /** Encodes the transposition of all matrices. */
  mirror(recorder: Recorder): void {
    this.#mirror.encode(recorder, { tokens: 0, rows: 0, sequences: 0, chunks: 0 });
  }
}
