import type { Buffers } from './buffers';
import type { Readback } from './readback';

/** What one phase of the work cost since the last `take`. */
export interface PhaseCost {
  /** Milliseconds that this thread spent on recording and submitting. */
  host: number;
  /** Milliseconds of compute passes on the GPU; null where the adapter has no timestamps, or more passes than are timed. */
  gpu: number | null;
  dispatches: number;
  submits: number;
}

/** Passes between two `take`s that can be timed. */
const MOST_PASSES = 1024;
const NANOSECOND = 1e-6;

/**
 * Attributes the work of a device to named phases while it is on. Timestamp queries time the passes, and `take` reads them:
 * each call is one readback more, and none while the profile is off.
 */
export class Profile {
  on = false;
  readonly #readback: Readback;
  readonly #costs = new Map<string, PhaseCost>();
  readonly #passes: string[] = [];
  readonly #queries: { set: GPUQuerySet; resolved: GPUBuffer; device: GPUDevice } | null;
  #phase: string | null = null;

  constructor(device: GPUDevice, buffers: Buffers, readback: Readback) {
    this.#readback = readback;
    this.#queries = device.features.has('timestamp-query')
      ? {
          device,
          set: device.createQuerySet({ label: 'profile', type: 'timestamp', count: 2 * MOST_PASSES }),
          resolved: buffers.create(
            { label: 'profile', purpose: 'other', bytes: 16 * MOST_PASSES },
            GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
          ),
        }
      : null;
  }

  /** Names what is submitted from here on; null for the plans' own names. */
  enter(phase: string | null): void {
    this.#phase = phase;
  }

  /** Where a pass of the plan writes its times; undefined while off, or when there is no room. */
  pass(label: string): GPUComputePassTimestampWrites | undefined {
    if (!this.on || !this.#queries) return undefined;
    const phase = this.#phase ?? label;
    if (this.#passes.length === MOST_PASSES) {
      this.#cost(phase).gpu = null;
      return undefined;
    }
    const first = 2 * this.#passes.push(phase) - 2;
    return { querySet: this.#queries.set, beginningOfPassWriteIndex: first, endOfPassWriteIndex: first + 1 };
  }

  submitted(label: string, host: number, dispatches: number, submits: number): void {
    if (!this.on) return;
    const cost = this.#cost(this.#phase ?? label);
    cost.host += host;
    cost.dispatches += dispatches;
    cost.submits += submits;
  }

  #cost(phase: string): PhaseCost {
    const known = this.#costs.get(phase);
    if (known) return known;
    const cost = { host: 0, gpu: this.#queries ? 0 : null, dispatches: 0, submits: 0 };
    this.#costs.set(phase, cost);
    return cost;
  }

  /** Costs by phase since the last call. */
  async take(): Promise<Record<string, PhaseCost>> {
    const passes = this.#passes.splice(0);
    if (this.#queries && passes.length > 0) {
      const { device, set, resolved } = this.#queries;
      const encoder = device.createCommandEncoder({ label: 'profile' });
      encoder.resolveQuerySet(set, 0, 2 * passes.length, resolved, 0);
      device.queue.submit([encoder.finish()]);
      const times = new BigUint64Array(await this.#readback.read(resolved, 0, 16 * passes.length));
      passes.forEach((phase, i) => {
        const cost = this.#cost(phase);
        // Some drivers' clocks step back between passes.
        if (cost.gpu !== null) cost.gpu += Math.max(0, Number(times[2 * i + 1] - times[2 * i]) * NANOSECOND);
      });
    }
    const costs = Object.fromEntries(this.#costs);
    this.#costs.clear();
    return costs;
  }
}
