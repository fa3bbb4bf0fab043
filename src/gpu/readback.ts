import type { Buffers } from './buffers';
import { GpuLostError } from './errors';

interface Request {
  buffer: GPUBuffer;
  offset: number;
  bytes: number;
  resolve: (data: ArrayBuffer) => void;
  reject: (error: Error) => void;
}

/**
 * Reads GPU buffers. All reads asked for in one tick share one staging buffer and one `mapAsync`, because each map waits
 * for the whole queue. Staging buffers are kept and reused.
 */
export class Readback {
  readonly #device: GPUDevice;
  readonly #buffers: Buffers;
  #waiting: Request[] = [];
  #free: GPUBuffer[] = [];
  /** Maps made so far, and bytes read through them. */
  count = 0;
  bytes = 0;
  /** Staging buffers created so far. */
  created = 0;

  constructor(device: GPUDevice, buffers: Buffers) {
    this.#device = device;
    this.#buffers = buffers;
  }

  /** Reads bytes after everything that is submitted up to the end of this tick. Offset and length are multiples of 4. */
  read(buffer: GPUBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ buffer, offset, bytes, resolve, reject });
      if (this.#waiting.length === 1) queueMicrotask(() => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    const requests = this.#waiting;
    this.#waiting = [];
    const total = requests.reduce((sum, request) => sum + request.bytes, 0);
    const staging = this.#take(total);
    try {
      const encoder = this.#device.createCommandEncoder({ label: 'readback' });
      let at = 0;
      for (const { buffer, offset, bytes } of requests) {
        encoder.copyBufferToBuffer(buffer, offset, staging, at, bytes);
        at += bytes;
      }
      this.#device.queue.submit([encoder.finish()]);
      this.count++;
      this.bytes += total;
      await staging.mapAsync(GPUMapMode.READ, 0, total);
      const mapped = staging.getMappedRange(0, total);
      at = 0;
      for (const { bytes, resolve } of requests) {
        resolve(mapped.slice(at, at + bytes));
        at += bytes;
      }
      staging.unmap();
      this.#free.push(staging);
    } catch (cause) {
      const error = new GpuLostError('The GPU went away while results were read. Resume from the last checkpoint.', {
        cause,
      });
      for (const { reject } of requests) reject(error);
    }
  }

  #take(bytes: number): GPUBuffer {
    const found = this.#free.findIndex((buffer) => buffer.size >= bytes);
    if (found >= 0) return this.#free.splice(found, 1)[0];
    const small = this.#free.pop();
    if (small) this.#buffers.release(small);
    this.created++;
    const size = Math.max(1 << 16, 2 ** Math.ceil(Math.log2(bytes)));
    return this.#buffers.create(
      { label: 'staging', purpose: 'other', bytes: size },
      GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    );
  }
}
