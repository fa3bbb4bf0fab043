import { measureCopyBandwidth } from '../../gpu/copy-bandwidth';
import type { Gpu } from '../../gpu/device';
import type { AdapterSummary } from '../../model/adapter-summary';
import type { Backend, OpenedDecoder, OpenedModels, OpenOptions, SelfCheck } from '../../model/backend';
import { UnsupportedModelError, type LlamaConfig } from '../../model/config';
import type { MemoryNeed } from '../../model/memory';
import type { Provenance } from '../../model/provenance';
import type { DecoderRequest, ModelCapacity } from '../../model/capacity';
import type { ModelShape } from '../../model/shapes';
import type { AgentState } from '../../model/state';
import { selfCheck } from '../self-check';
import { estimatesWithin, NO_ADAPTERS } from './fit';
import type { TuningScope } from './kernel-choice';
import { GpuMeter } from './meter';
import { openDecoder } from './open-decoder';
import { openModels } from './open-models';

export interface WebGpuOptions extends TuningScope {
  /** A device that nobody else has, the same adapter's each time. */
  openDevice: () => Promise<Gpu>;
  /** Called when the backend is closed. */
  onClose?: () => void;
}

/** Models on WebGPU: what is opened together has a device of its own, and closing it frees all of that at once. */
export class WebGpuBackend implements Backend {
  readonly name = 'WebGPU';
  readonly adapter: AdapterSummary;
  readonly provenance: Provenance;
  readonly lost: Promise<{ reason: string }>;
  readonly #options: WebGpuOptions;
  /** Bytes of the largest buffer that the adapter allows. */
  readonly #largestBuffer: number;
  readonly #devices = new Set<Gpu>();
  /** A device on which nothing was opened yet. */
  #spare: Gpu | null;
  #copyBandwidth: Promise<number> | null = null;
  #lose!: (how: { reason: string }) => void;

  private constructor(gpu: Gpu, options: WebGpuOptions) {
    this.#options = options;
    this.adapter = gpu.adapter;
    this.provenance = { adapter: gpu.adapter.description, build: options.build, variants: {}, backend: this.name };
    this.#largestBuffer = gpu.largestBuffer;
    this.lost = new Promise((resolve) => (this.#lose = resolve));
    this.#spare = this.#watched(gpu);
  }

  /** Throws `GpuUnavailableError`, and what `openDevice` throws. */
  static async open(options: WebGpuOptions): Promise<WebGpuBackend> {
    return new WebGpuBackend(await options.openDevice(), options);
  }

  async selfCheck(progress?: (done: number, total: number) => void): Promise<SelfCheck> {
    // Kernels that are compiled for it are there for what is opened next.
    this.#spare ??= await this.#openDevice();
    return await selfCheck(this.#spare, progress);
  }

  estimate(shapes: readonly ModelShape[], capacity: ModelCapacity): MemoryNeed {
    return estimatesWithin(this.#largestBuffer).estimate(shapes, capacity);
  }

  estimateDecoder(shape: LlamaConfig, capacity: DecoderRequest): MemoryNeed {
    return estimatesWithin(this.#largestBuffer).estimateDecoder(shape, capacity);
  }

  async open<Name extends string>(
    states: Readonly<Record<Name, AgentState>>,
    capacity: ModelCapacity,
    options: OpenOptions,
  ): Promise<OpenedModels<Name>> {
    if (Object.values<AgentState>(states).some(({ lora }) => lora)) throw new UnsupportedModelError(NO_ADAPTERS);
    return await this.#onDevice(async (gpu, close) => {
      const { variants, memory, ...opened } = await openModels(gpu, states, capacity, options, this.#options);
      const copyBandwidth = () => (this.#copyBandwidth ??= measureCopyBandwidth(gpu));
      return {
        ...opened,
        provenance: { ...this.provenance, variants },
        bytes: memory.total,
        meter: new GpuMeter(gpu, Object.values(opened.models), copyBandwidth),
        close,
      };
    });
  }

  async openDecoder(
    model: Pick<AgentState, 'config' | 'parameters'>,
    capacity: DecoderRequest,
    options: OpenOptions,
  ): Promise<OpenedDecoder> {
    return await this.#onDevice(async (gpu, close) => {
      const { decoder, variants, memory } = await openDecoder(gpu, model, capacity, options, this.#options);
      return { decoder, provenance: { ...this.provenance, variants }, bytes: memory.total, close };
    });
  }

  async forgetTuning(): Promise<void> {
    await this.#options.memory.forget(this.adapter.description);
  }

  close(): void {
    for (const gpu of this.#devices) this.#free(gpu);
    this.#options.onClose?.();
  }

  /** Opens something on a device of its own, which is gone where that fails. */
  async #onDevice<Opened>(open: (gpu: Gpu, close: () => void) => Promise<Opened>): Promise<Opened> {
    const gpu = this.#spare ?? (await this.#openDevice());
    this.#spare = null;
    try {
      return await open(gpu, () => this.#free(gpu));
    } catch (error) {
      this.#free(gpu);
      throw error;
    }
  }

  async #openDevice(): Promise<Gpu> {
    return this.#watched(await this.#options.openDevice());
  }

  #watched(gpu: Gpu): Gpu {
    this.#devices.add(gpu);
    void gpu.lost.then(({ reason, byUs }) => {
      if (!byUs) this.#lose({ reason });
    });
    return gpu;
  }

  #free(gpu: Gpu): void {
    gpu.close();
    this.#devices.delete(gpu);
    if (this.#spare === gpu) this.#spare = null;
  }
}
