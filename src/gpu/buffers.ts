/** Makes the buffers of a device and knows what they take, by label. */
export class Buffers {
  readonly #device: GPUDevice;
  readonly #sizes = new Map<GPUBuffer, number>();
  #bytes = 0;
  #peak = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  create(descriptor: GPUBufferDescriptor & { label: string }): GPUBuffer {
    const buffer = this.#device.createBuffer(descriptor);
    this.#sizes.set(buffer, descriptor.size);
    this.#bytes += descriptor.size;
    this.#peak = Math.max(this.#peak, this.#bytes);
    return buffer;
  }

  /** Frees a buffer before the device closes. */
  release(buffer: GPUBuffer): void {
    this.#bytes -= this.#sizes.get(buffer) ?? 0;
    this.#sizes.delete(buffer);
    buffer.destroy();
  }

  /** Bytes of all buffers there are, and the most there ever were. */
  get bytes(): number {
    return this.#bytes;
  }

  get peak(): number {
    return this.#peak;
  }

  /** Bytes of the buffers of each label. */
  get byLabel(): Record<string, number> {
    const memory: Record<string, number> = {};
    for (const [{ label }, size] of this.#sizes) memory[label] = (memory[label] ?? 0) + size;
    return memory;
  }
}
