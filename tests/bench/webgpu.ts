import { install } from '../../bench/instrument';

export const MAP_READ = 1;
export const STORAGE = 128;

/** As much of WebGPU as is counted. */
class Buffer {
  readonly size: number;
  readonly usage: number;
  constructor({ size, usage }: GPUBufferDescriptor) {
    this.size = size;
    this.usage = usage;
  }
  mapAsync() {
    return Promise.resolve();
  }
  getMappedRange(_ = 0, bytes = this.size) {
    return new ArrayBuffer(bytes);
  }
  destroy() {}
}
export class Device {
  createBuffer(descriptor: GPUBufferDescriptor) {
    return new Buffer(descriptor);
  }
  createBindGroup() {}
}
export class Queue {
  submit() {}
  writeBuffer(..._: unknown[]) {}
}
export class Pass {
  dispatchWorkgroups() {}
  dispatchWorkgroupsIndirect() {}
}

/** Puts it where a browser has WebGPU, and counts its calls. */
export function installOnFake(): void {
  Object.assign(globalThis, {
    GPUDevice: Device,
    GPUQueue: Queue,
    GPUBuffer: Buffer,
    GPUComputePassEncoder: Pass,
    GPUBufferUsage: { MAP_READ, STORAGE },
  });
  install();
}
