/**
 * Counts what every contender asks of WebGPU, by wrapping the API itself: the same for all, and independent of how fast
 * the adapter is. Install before any contender asks for a device.
 */
export interface Counts {
  dispatches: number;
  submits: number;
  mapReads: number;
  buffers: number;
  bindGroups: number;
  bytesWritten: number;
  bytesRead: number;
}

const none = (): Counts => ({
  dispatches: 0,
  submits: 0,
  mapReads: 0,
  buffers: 0,
  bindGroups: 0,
  bytesWritten: 0,
  bytesRead: 0,
});

/** What one contender has asked for so far. A buffer that is never destroyed counts as live. */
export class Ledger {
  readonly counts = none();
  liveBytes = 0;
  peakBytes = 0;

  snapshot(): Counts {
    return { ...this.counts };
  }

  allocate(bytes: number): void {
    this.liveBytes += bytes;
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
  }
}

/** `after − before`, a part of it if `parts` steps lie between. */
export function difference(after: Counts, before: Counts, parts = 1): Counts {
  const result = none();
  for (const key of Object.keys(result) as (keyof Counts)[]) result[key] = (after[key] - before[key]) / parts;
  return result;
}

let current = new Ledger();
const owners = new WeakMap<GPUBuffer, Ledger>();

/** Charges everything that happens until `work` ends to this ledger: one contender works at a time. */
export async function charge<T>(ledger: Ledger, work: () => Promise<T>): Promise<T> {
  const before = current;
  current = ledger;
  try {
    return await work();
  } finally {
    current = before;
  }
}

/** Replaces a method by one that tells `note` of every call, before it goes on as ever. */
function observe<This extends object>(
  prototype: This,
  name: keyof This,
  note: (self: This, args: unknown[], result: unknown) => void,
): void {
  const original = prototype[name] as unknown as (...args: unknown[]) => unknown;
  const wrapped = function (this: This, ...args: unknown[]) {
    const result = original.apply(this, args);
    note(this, args, result);
    return result;
  };
  Object.defineProperty(prototype, name, { value: wrapped, configurable: true, writable: true });
}

export function install(): void {
  observe(GPUDevice.prototype, 'createBuffer', (_, __, result) => {
    const buffer = result as GPUBuffer;
    owners.set(buffer, current);
    current.counts.buffers++;
    current.allocate(buffer.size);
  });
  observe(GPUDevice.prototype, 'createBindGroup', () => current.counts.bindGroups++);
  observe(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', () => current.counts.dispatches++);
  observe(GPUComputePassEncoder.prototype, 'dispatchWorkgroupsIndirect', () => current.counts.dispatches++);
  observe(GPUQueue.prototype, 'submit', () => current.counts.submits++);
  observe(GPUQueue.prototype, 'writeBuffer', (_, args) => (current.counts.bytesWritten += writtenBytes(args)));
  observe(GPUBuffer.prototype, 'mapAsync', (buffer) => {
    if (buffer.usage & GPUBufferUsage.MAP_READ) current.counts.mapReads++;
  });
  observe(GPUBuffer.prototype, 'getMappedRange', (buffer, _, result) => {
    const bytes = (result as ArrayBuffer).byteLength;
    if (buffer.usage & GPUBufferUsage.MAP_READ) current.counts.bytesRead += bytes;
    else current.counts.bytesWritten += bytes;
  });
  observe(GPUBuffer.prototype, 'destroy', (buffer) => {
    const owner = owners.get(buffer);
    if (!owner) return;
    owners.delete(buffer);
    owner.liveBytes -= buffer.size;
  });
}

/** Bytes of a `writeBuffer`: its offset and size count elements of a typed array, bytes of anything else. */
function writtenBytes([, , data, from = 0, size]: unknown[]): number {
  const view = data as ArrayBufferView & { BYTES_PER_ELEMENT?: number };
  const unit = view.BYTES_PER_ELEMENT ?? 1;
  return typeof size === 'number' ? size * unit : view.byteLength - (from as number) * unit;
}
