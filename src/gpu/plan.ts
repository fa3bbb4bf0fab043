import type { Gpu } from './device';
import type { Kernel } from './kernel';
import type { Recorder } from './recorder';
import type { Dims } from './structs';

/**
 * How many invocations a dispatch needs: `units` for each `per` items of an extent, a fixed number, or a fixed number in
 * each row of workgroups.
 */
export type DispatchWork =
  | { extent: keyof Dims; per?: number; units: number }
  | { invocations: number }
  | { grid: readonly [invocations: number, rows: number] };

const MOST_ACROSS = 32768;

/** Workgroups of 64 in x and y. */
function workgroups(work: DispatchWork, dims: Dims): [x: number, y: number] {
  if ('grid' in work) return [Math.ceil(work.grid[0] / 64), work.grid[1]];
  const invocations =
    'invocations' in work ? work.invocations : Math.ceil(dims[work.extent] / (work.per ?? 1)) * work.units;
  const count = Math.ceil(invocations / 64);
  return [Math.min(count, MOST_ACROSS), Math.ceil(count / MOST_ACROSS)];
}

interface Dispatch {
  pipeline: GPUComputePipeline;
  bindGroup: GPUBindGroup;
  work: DispatchWork;
}

export type Resource = GPUBuffer | GPUBufferBinding;

/**
 * A list of dispatches that is made once, with its bind groups, and replayed. Batches may have any size that the buffers
 * hold: only the number of workgroups changes.
 */
export class Plan {
  readonly #gpu: Gpu;
  readonly #dispatches: Dispatch[] = [];

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  add(kernel: Kernel, resources: readonly Resource[], work: DispatchWork): void {
    const bindings = resources.map((resource): GPUBufferBinding =>
      'buffer' in resource ? resource : { buffer: resource },
    );
    this.#dispatches.push({
      pipeline: this.#gpu.pipeline(kernel),
      bindGroup: this.#gpu.bindGroup(kernel, bindings),
      work,
    });
  }

  get length(): number {
    return this.#dispatches.length;
  }

  encode(recorder: Recorder, dims: Dims): void {
    for (const { pipeline, bindGroup, work } of this.#dispatches) {
      const [x, y] = workgroups(work, dims);
      if (x > 0) recorder.dispatch(pipeline, bindGroup, x, y);
    }
  }
}
