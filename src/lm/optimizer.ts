import { storage, uniform, type Allocated } from '../gpu/buffer-spec';
import type { Gpu } from '../gpu/device';
import { Plan } from '../gpu/plan';
import { hyper } from '../gpu/structs';
import { adam } from '../model/adam';
import type { ModelKernels } from './kernels';
import type { ParameterLayout } from '../model/layout';

/** Buffers of an optimizer. */
export const optimizerBuffers = ({ size }: ParameterLayout) => ({
  first: storage('first-moment', 'optimizer', size),
  second: storage('second-moment', 'optimizer', size),
  norm: storage('gradient-norm', 'optimizer', 2),
  hyper: { ...uniform('hyper', hyper), purpose: 'optimizer' as const },
});

/** AdamW over one flat buffer: gradient norm, clip and update in three dispatches. Owns the moments. */
export class Optimizer {
  readonly first: GPUBuffer;
  readonly second: GPUBuffer;
  /** Global gradient norm before clipping, and the scale that clipping applied. */
  readonly norm: GPUBuffer;
  readonly plan: Plan;
  /** Updates made so far, for bias correction. */
  updates = 0;
  readonly #gpu: Gpu;
  readonly #hyper: GPUBuffer;

  constructor(
    gpu: Gpu,
    kernels: ModelKernels,
    buffers: Allocated<ReturnType<typeof optimizerBuffers>>,
    parameters: GPUBuffer,
    gradient: GPUBuffer,
    squares: GPUBuffer,
    size: number,
  ) {
    this.#gpu = gpu;
    this.first = buffers.first;
    this.second = buffers.second;
    this.norm = buffers.norm;
    this.#hyper = buffers.hyper;
    this.plan = new Plan(gpu);
    this.plan.add(kernels.squares, [gradient, squares], { invocations: size / 64 });
    this.plan.add(kernels.clip, [this.#hyper, squares, this.norm], { invocations: 64 });
    this.plan.add(kernels.adamw, [this.#hyper, gradient, this.norm, parameters, this.first, this.second], {
      invocations: size / 4,
    });
  }

  /** Uploads the constants of the next update, which must then be submitted. */
  prepare(learningRate: number, gradientClip: number): void {
    this.updates++;
    const { beta1, beta2, epsilon, decay } = adam;
    this.#gpu.write(
      this.#hyper,
      hyper.pack({
        ...{ rate: learningRate, beta1, beta2, epsilon, decay, clip: gradientClip },
        correction1: 1 - beta1 ** this.updates,
        correction2: 1 - beta2 ** this.updates,
      }),
    );
  }
}
