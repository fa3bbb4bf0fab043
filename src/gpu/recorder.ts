import { Portion, type Pacer } from './pacer';
import type { Profile } from './profile';

/**
 * Takes the commands of one plan, in order, and hands them to the queue: all in one submit, or in as many as the pacer
 * asks for. Compute passes open and close as they are needed.
 */
export class Recorder {
  dispatches = 0;
  submits = 0;
  readonly #device: GPUDevice;
  readonly #label: string;
  readonly #pacer: Pacer | null;
  readonly #profile: Profile;
  #portion = new Portion();
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;

  constructor(device: GPUDevice, label: string, pacer: Pacer | null, profile: Profile) {
    this.#device = device;
    this.#label = label;
    this.#pacer = pacer;
    this.#profile = profile;
  }

  dispatch(pipeline: GPUComputePipeline, bindGroup: GPUBindGroup, x: number, y: number): void {
    if (this.#pacer && !this.#pacer.admits(this.#portion, pipeline, x * y)) {
      this.submit();
      this.#pacer.admits(this.#portion, pipeline, x * y);
    }
    this.#pass ??= this.#begin();
    this.#pass.setPipeline(pipeline);
    this.#pass.setBindGroup(0, bindGroup);
    this.#pass.dispatchWorkgroups(x, y);
    this.dispatches++;
  }

  copy(source: GPUBuffer, sourceOffset: number, target: GPUBuffer, targetOffset: number, bytes: number): void {
    this.#pass?.end();
    this.#pass = null;
    this.#open().copyBufferToBuffer(source, sourceOffset, target, targetOffset, bytes);
  }

  /** Submits what was recorded since the last time, if anything was. */
  submit(): void {
    if (!this.#encoder) return;
    this.#pass?.end();
    this.#device.queue.submit([this.#encoder.finish()]);
    this.submits++;
    if (this.#pacer) this.#watch(this.#pacer, this.#portion);
    this.#portion = new Portion();
    this.#encoder = this.#pass = null;
  }

  #begin(): GPUComputePassEncoder {
    const timestampWrites = this.#profile.pass(this.#label);
    return this.#open().beginComputePass(timestampWrites && { timestampWrites });
  }

  #open(): GPUCommandEncoder {
    return (this.#encoder ??= this.#device.createCommandEncoder({ label: this.#label }));
  }

  #watch(pacer: Pacer, portion: Portion): void {
    pacer.submitted(portion, performance.now());
    this.#device.queue.onSubmittedWorkDone().then(
      () => pacer.finished(portion, performance.now()),
      // The device is gone. Its readers get the error, and there is nothing left to pace.
      () => undefined,
    );
  }
}
