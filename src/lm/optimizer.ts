import type { Gpu } from '../gpu/device';
import { Plan } from '../gpu/plan';
import type { ModelKernels } from './kernels';
import type { ParameterLayout } from '../model/layout';

/** AdamW's constants; the learning rate comes with each step. */
export const adam = { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, decay: 0 } as const;

/** AdamW over one flat buffer: gradient norm, clip and update in three dispatches. Owns the moments. */
export class Optimizer {
  readonly first: GPUBuffer;
  readonly second: GPUBuffer;
  /** Global gradient norm before clipping, and the scale that clipping applied. */
  readonly norm: GPUBuffer;
  readonly plan: Plan;
  /** Updates made so far: bias correction goes by it. */
  updates = 0;
  readonly #gpu: Gpu;
  readonly #hyper: GPUBuffer;

  constructor(
    gpu: Gpu,
    kernels: ModelKernels,
    layout: ParameterLayout,
    parameters: GPUBuffer,
    gradient: GPUBuffer,
    squares: GPUBuffer,
  ) {
    this.#gpu = gpu;
    this.first = gpu.buffer('first-moment', 4 * layout.size);
    this.second = gpu.buffer('second-moment', 4 * layout.size);
    this.norm = gpu.buffer('gradient-norm', 8);
    this.#hyper = gpu.buffer('hyper', 32, GPUBufferUsage.UNIFORM);
    this.plan = new Plan(gpu);
    this.plan.add(kernels.squares, [gradient, squares], { invocations: layout.size / 64 });
    this.plan.add(kernels.clip, [this.#hyper, squares, this.norm], { invocations: 64 });
    this.plan.add(kernels.adamw, [this.#hyper, gradient, this.norm, parameters, this.first, this.second], {
      invocations: layout.size / 4,
    });
  }

  /** Uploads the constants of the next update, which must then be submitted. */
  prepare(learningRate: number, gradientClip: number): void {
    this.updates++;
    const { beta1, beta2, epsilon, decay } = adam;
    const words = [
      learningRate,
      beta1,
      beta2,
      epsilon,
      decay,
      1 - beta1 ** this.updates,
      1 - beta2 ** this.updates,
      gradientClip,
    ];
    this.#gpu.write(this.#hyper, new Float32Array(words));
  }
}
