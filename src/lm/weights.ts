import type { Gpu } from '../gpu/device';
import { Plan } from '../gpu/plan';
import type { Recorder } from '../gpu/recorder';
import type { LlamaConfig } from './config';
import type { ModelKernels } from './kernels';
import { parameterLayout, type Group } from './layout';

/** One matrix transposed: [in, stride], out padded to whole vec4s. */
interface TransposedMatrix {
  binding: GPUBufferBinding;
  stride: number;
}

/** Bindings start at multiples of 256 bytes on every adapter. */
const ALIGN = 64;
const NO_NORM = 0xffffffff;

/**
 * A set of parameters on the GPU, and its matrices transposed beside it, as the forward products read them: those that
 * multiply a normed input have the norm's weight in them. `mirror` must run after every change.
 */
export class Weights {
  readonly buffer: GPUBuffer;
  readonly #mirror: Plan;
  readonly #matrices = new Map<number, TransposedMatrix>();

  constructor(gpu: Gpu, kernels: ModelKernels, config: LlamaConfig) {
    const layout = parameterLayout(config);
    const { hidden_size: hidden, intermediate_size: inner } = config;
    this.buffer = gpu.buffer('parameters', 4 * layout.size);
    const matrices: [matrix: Group, inputs: number, norm?: Group][] = [[layout.head, hidden, layout.norm]];
    for (const { qkv, input_layernorm, o_proj, gate_up, post_attention_layernorm, down_proj } of layout.layers) {
      matrices.push([qkv, hidden, input_layernorm], [o_proj, hidden]);
      matrices.push([gate_up, hidden, post_attention_layernorm], [down_proj, inner]);
    }
    let end = 0;
    const places = matrices.map(([matrix, inputs, norm]) => {
      const outputs = matrix.size / inputs;
      const stride = Math.ceil(outputs / 4) * 4;
      const target = end;
      end += Math.ceil((inputs * stride) / ALIGN) * ALIGN;
      return { matrix, inputs, norm, outputs, stride, target };
    });
    const mirror = gpu.buffer('transposed-weights', 4 * end);
    for (const { matrix, inputs, stride, target } of places) {
      const binding = { buffer: mirror, offset: 4 * target, size: 4 * inputs * stride };
      this.#matrices.set(matrix.offset, { binding, stride });
    }
    const table = places.flatMap(({ matrix, inputs, norm, outputs, stride, target }) => [
      matrix.offset / 4,
      target / 4,
      norm ? norm.offset / 4 : NO_NORM,
      outputs,
      inputs,
      stride / 4,
      0,
      0,
    ]);
    const most = Math.max(...places.map(({ inputs, stride }) => (inputs / 4) * (stride / 4)));
    this.#mirror = new Plan(gpu);
    this.#mirror.add(kernels.mirror, [gpu.table('matrices', table), this.buffer, mirror], {
      grid: [most, places.length],
    });
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
