import type { BufferSpec } from './buffer-spec';
import { memoryByLabel, memoryByPurpose } from './memory';
import type { Purpose } from '../model/purposes';

/** Makes the buffers of a device and knows what they take, by label and by purpose. */
export class Buffers {
  readonly #device: GPUDevice;
  readonly #held = new Map<GPUBuffer, Pick<BufferSpec, 'label' | 'purpose' | 'bytes'>>();
  #bytes = 0;
  #peak = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  create(
    { label, purpose, bytes }: Pick<BufferSpec, 'label' | 'purpose' | 'bytes'>,
    usage: GPUFlagsConstant,
  ): GPUBuffer {
    const buffer = this.#device.createBuffer({ label, size: bytes, usage });
    this.#held.set(buffer, { label, purpose, bytes });
    this.#bytes += bytes;
    this.#peak = Math.max(this.#peak, this.#bytes);
    return buffer;
  }

  /** Frees a buffer before the device closes. */
  release(buffer: GPUBuffer): void {
    this.#bytes -= this.#held.get(buffer)?.bytes ?? 0;
    this.#held.delete(buffer);
    buffer.destroy();
  }

  /** Bytes of all buffers there are, and the most there ever were. */
  get bytes(): number {
    return this.#bytes;
  }

  get peak(): number {
    return this.#peak;
  }

  get byLabel(): Record<string, number> {
    return memoryByLabel(this.#held.values());
  }

  get byPurpose(): Record<Purpose, number> {
    return memoryByPurpose(this.#held.values());
  }
}
