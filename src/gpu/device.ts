import type { AdapterSummary } from '../model/adapter-summary';
import type { BufferSpec, Contents } from './buffer-spec';
import { Buffers } from './buffers';
import { GpuMemoryError, GpuUnavailableError, GpuValidationError, KernelCompileError } from './errors';
import { allows, extensionFeatures, type Extension, type Kernel } from './kernel';
import type { Purpose } from '../model/purposes';
import { Pacer } from './pacer';
import { Profile } from './profile';
import { Readback } from './readback';
import { Recorder } from './recorder';

/** Host-side work that a step should not repeat once it is warm. */
export interface Counters {
  buffers: number;
  bindGroups: number;
  dispatches: number;
  /** One for each plan, however the pacer splits it. */
  submits: number;
  /** Submits beside those, made by the pacer. */
  splits: number;
  /** Bytes handed to the GPU. */
  written: number;
}

/** An adapter in words. */
export function describeAdapter(adapter: GPUAdapter): AdapterSummary {
  const { description, vendor, architecture, device } = adapter.info;
  const text = [description, vendor, architecture, device].join(' ').toLowerCase();
  return {
    description: description || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed adapter',
    vendor,
    architecture,
    software: /swiftshader|llvmpipe|lavapipe|software|basic render/.test(text),
    features: [...adapter.features].sort(),
  };
}

/** Features to use where the adapter has them: the profile uses the first, variants of products the others. */
const wantedFeatures: readonly GPUFeatureName[] = ['timestamp-query', ...Object.values(extensionFeatures)];

/** The one owner of a GPU device: its limits, pipelines, buffers, readbacks and faults. Knows nothing of models. */
export class Gpu {
  readonly device: GPUDevice;
  readonly adapter: AdapterSummary;
  readonly readback: Readback;
  readonly counters: Counters = { buffers: 0, bindGroups: 0, dispatches: 0, submits: 0, splits: 0, written: 0 };
  readonly profile: Profile;
  readonly #buffers: Buffers;
  /** Settles when the device is gone, by fault or by `close`. */
  readonly lost: Promise<{ reason: string; byUs: boolean }>;
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  readonly #pacer: Pacer | null;
  #fault: Error | null = null;
  /** Buffers made since borrowing began. */
  #borrowed: GPUBuffer[] | null = null;

  private constructor(device: GPUDevice, adapter: AdapterSummary, pacer: Pacer | null) {
    this.device = device;
    this.adapter = adapter;
    this.#pacer = pacer;
    this.#buffers = new Buffers(device);
    this.readback = new Readback(device, this.#buffers);
    this.profile = new Profile(device, this.#buffers, this.readback);
    this.lost = device.lost.then(({ reason, message }) => ({
      reason: message || reason,
      byUs: reason === 'destroyed',
    }));
    device.onuncapturederror = ({ error }) => {
      this.#fault ??=
        error.constructor.name === 'GPUOutOfMemoryError'
          ? new GpuMemoryError(`The GPU ran out of memory: ${error.message} Choose a smaller model or batch.`)
          : new GpuValidationError(`The GPU refused a command: ${error.message}`);
    };
  }

  /**
   * Opens a device on an adapter, asking for all that the adapter offers in buffer size.
   *
   * @param pacer null for none; if left out, a GPU gets one, and a software adapter none, since no desktop waits for it.
   */
  static async open(adapter: GPUAdapter, pacer?: Pacer | null): Promise<Gpu> {
    const summary = describeAdapter(adapter);
    const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
    try {
      const device = await adapter.requestDevice({
        requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
        requiredFeatures: wantedFeatures.filter((feature) => adapter.features.has(feature)),
      });
      return new Gpu(device, summary, pacer === undefined && !summary.software ? new Pacer() : (pacer ?? null));
    } catch (cause) {
      throw new GpuUnavailableError('The GPU adapter gave no device. Close other tabs that use it, then reload.', {
        cause,
      });
    }
  }

  /** Throws the first validation or memory fault that the device reported since it was opened. */
  check(): void {
    if (this.#fault) throw this.#fault;
  }

  /** Whether kernels may use these extensions of WGSL here. */
  allows(extensions: readonly Extension[]): boolean {
    return allows(this.device, extensions);
  }

  /** Bytes of the largest buffer that a kernel may read on this adapter. */
  get largestBuffer(): number {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.device.limits;
    return Math.min(maxBufferSize, maxStorageBufferBindingSize);
  }

  /** Throws `GpuMemoryError` for more than the adapter allows in one buffer. */
  buffer(spec: BufferSpec): GPUBuffer {
    const { label, bytes, bound = 'storage', contents } = spec;
    const most = this.largestBuffer;
    if (bytes > most) {
      throw new GpuMemoryError(
        `${label} needs ${bytes} bytes in one buffer and this GPU allows ${most}. Choose a smaller model or batch.`,
      );
    }
    this.counters.buffers++;
    const { STORAGE, UNIFORM, COPY_DST, COPY_SRC } = GPUBufferUsage;
    const usage = { storage: STORAGE, uniform: UNIFORM, both: STORAGE | UNIFORM }[bound];
    const buffer = this.#buffers.create(spec, usage | COPY_DST | COPY_SRC);
    this.#borrowed?.push(buffer);
    if (contents) this.write(buffer, contents());
    return buffer;
  }

  /** Runs some work, then frees the buffers that it made. */
  async borrowing(work: () => Promise<void>): Promise<void> {
    const borrowed = (this.#borrowed = [] as GPUBuffer[]);
    try {
      await work();
    } finally {
      this.#borrowed = null;
      for (const buffer of borrowed) this.release(buffer);
    }
  }

  /** Frees a buffer before the device closes. */
  release(buffer: GPUBuffer): void {
    this.#buffers.release(buffer);
  }

  /** Bytes of all buffers, and the most there ever were. */
  get bytes(): number {
    return this.#buffers.bytes;
  }

  get peakBytes(): number {
    return this.#buffers.peak;
  }

  /** Bytes of the buffers of each label, and of each purpose. */
  get memory(): Record<string, number> {
    return this.#buffers.byLabel;
  }

  get memoryByPurpose(): Record<Purpose, number> {
    return this.#buffers.byPurpose;
  }

  /** Hands data to the GPU, `offset` bytes into a buffer. Everything that is submitted later sees it. */
  write(buffer: GPUBuffer, data: Contents, offset = 0): void {
    this.counters.written += data.byteLength;
    this.device.queue.writeBuffer(buffer, offset, data);
  }

  /** Compiles what is not compiled yet, all at once; `progress` counts the kernels that are ready. */
  async prepare(kernels: readonly Kernel[], progress?: (done: number, total: number) => void): Promise<void> {
    const wanted = new Map(
      kernels.filter(({ code }) => !this.#pipelines.has(code)).map((kernel) => [kernel.code, kernel]),
    );
    let done = 0;
    progress?.(done, wanted.size);
    await Promise.all(
      [...wanted.values()].map(async (kernel) => {
        this.#pipelines.set(kernel.code, await this.#compile(kernel));
        progress?.(++done, wanted.size);
      }),
    );
  }

  /** A pipeline that `prepare` compiled. */
  pipeline(kernel: Kernel): GPUComputePipeline {
    const pipeline = this.#pipelines.get(kernel.code);
    if (!pipeline) throw new KernelCompileError(`Kernel ${kernel.name} is used before it was prepared.`);
    return pipeline;
  }

  async #compile({ name, code }: Kernel): Promise<GPUComputePipeline> {
    const module = this.device.createShaderModule({ label: name, code });
    try {
      return await this.device.createComputePipelineAsync({
        label: name,
        layout: 'auto',
        compute: { module, entryPoint: 'main' },
      });
    } catch (cause) {
      const { messages } = await module.getCompilationInfo();
      const lines = code.split('\n');
      const faults = messages.map(
        ({ lineNum, message }) => `  line ${lineNum}: ${message}\n    ${lines[lineNum - 1] ?? ''}`,
      );
      throw new KernelCompileError(
        `Kernel ${name} does not compile on this GPU:\n${faults.join('\n') || String(cause)}`,
        { cause },
      );
    }
  }

  bindGroup(kernel: Kernel, resources: readonly GPUBufferBinding[]): GPUBindGroup {
    this.counters.bindGroups++;
    return this.device.createBindGroup({
      label: kernel.name,
      layout: this.pipeline(kernel).getBindGroupLayout(0),
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
  }

  /** Submits what `record` records: at once, or in the portions that the pacer asks for. */
  submit(label: string, record: (recorder: Recorder) => void): void {
    const begun = performance.now();
    const recorder = new Recorder(this.device, label, this.#pacer, this.profile);
    record(recorder);
    recorder.submit();
    this.counters.submits++;
    this.counters.splits += Math.max(0, recorder.submits - 1);
    this.counters.dispatches += recorder.dispatches;
    this.profile.submitted(label, performance.now() - begun, recorder.dispatches, recorder.submits);
  }

  /** Reads floats of a buffer after all submitted work. Throws the device's fault if there was one. */
  async readFloats(
    buffer: GPUBuffer,
    offset = 0,
    count = buffer.size / 4 - offset,
  ): Promise<Float32Array<ArrayBuffer>> {
    const bytes = await this.readback.read(buffer, 4 * offset, 4 * count);
    this.check();
    return new Float32Array(bytes);
  }

  async readWords(buffer: GPUBuffer, offset = 0, count = buffer.size / 4 - offset): Promise<Uint32Array<ArrayBuffer>> {
    const bytes = await this.readback.read(buffer, 4 * offset, 4 * count);
    this.check();
    return new Uint32Array(bytes);
  }

  close(): void {
    this.device.destroy();
  }
}
