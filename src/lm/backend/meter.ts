import type { Gpu } from '../../gpu/device';
import type { Meter, Reading, WorkCounts } from '../../model/meter';
import type { LanguageModel } from '../language-model';
import { computeCost } from '../../model/work-counter';

/** Counts what models ask of their GPU, at the price of one readback a measurement, which is not counted. */
export class GpuMeter implements Meter {
  readonly #gpu: Gpu;
  readonly #models: readonly LanguageModel[];
  readonly #copyBandwidth: () => Promise<number>;

  constructor(gpu: Gpu, models: readonly LanguageModel[], copyBandwidth: () => Promise<number>) {
    this.#gpu = gpu;
    this.#models = models;
    this.#copyBandwidth = copyBandwidth;
  }

  enter(phase: string): void {
    this.#gpu.profile.enter(phase);
  }

  async measure<Result>(work: () => Promise<Result>): Promise<{ result: Result; reading: Reading }> {
    const { profile } = this.#gpu;
    const copyBandwidth = await this.#copyBandwidth();
    const before = this.#totals();
    profile.on = true;
    try {
      const result = await work();
      const spent = difference(before, this.#totals());
      const { memoryByPurpose: memory, peakBytes } = this.#gpu;
      const phases = await profile.take();
      return { result, reading: { phases, ...spent, memory, peakBytes, copyBandwidth } };
    } finally {
      profile.on = false;
      profile.enter(null);
    }
  }

  /** Everything that only ever grows. */
  #totals(): Totals {
    const { counters, readback } = this.#gpu;
    const { dispatches, submits, splits, written, buffers, bindGroups } = counters;
    const costs = this.#models.map(({ config, work }) => computeCost(config, work, { transposed: true }));
    return {
      counts: {
        ...{ dispatches, submits, splits, buffers, bindGroups },
        ...{ readbacks: readback.count, bytesWritten: written, bytesRead: readback.bytes },
      },
      flops: costs.reduce((sum, { flops }) => sum + flops, 0),
      updateBytes: costs.reduce((sum, { updateBytes }) => sum + updateBytes, 0),
    };
  }
}

interface Totals {
  counts: WorkCounts;
  flops: number;
  updateBytes: number;
}

function difference(before: Totals, after: Totals): Totals {
  const counts = { ...after.counts };
  for (const name of Object.keys(counts) as (keyof WorkCounts)[]) counts[name] -= before.counts[name];
  return { counts, flops: after.flops - before.flops, updateBytes: after.updateBytes - before.updateBytes };
}
