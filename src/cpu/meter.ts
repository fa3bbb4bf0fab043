import type { Meter, PhaseReading, Reading } from '../model/meter';
import type { Purpose } from '../model/purposes';
import { computeCost } from '../model/work-counter';
import type { CpuModel } from './cpu-model';
import type { Sessions } from './sessions';

/** Counts what models ask of the processor: runs of sessions, and the time in them. */
export class CpuMeter implements Meter {
  readonly #models: readonly CpuModel[];
  readonly #sessions: readonly Sessions[];
  readonly #memory: Record<Purpose, number>;
  readonly #copyBandwidth: () => number;
  #phases: Record<string, PhaseReading> = {};
  #phase: string | null = null;
  #entered = { milliseconds: 0, runs: 0 };

  constructor(
    models: readonly CpuModel[],
    sessions: readonly Sessions[],
    memory: Record<Purpose, number>,
    copyBandwidth: () => number,
  ) {
    this.#models = models;
    this.#sessions = sessions;
    this.#memory = memory;
    this.#copyBandwidth = copyBandwidth;
  }

  enter(phase: string): void {
    this.#leave();
    this.#phase = phase;
    this.#entered = this.#spent();
  }

  async measure<Result>(work: () => Promise<Result>): Promise<{ result: Result; reading: Reading }> {
    this.#phases = {};
    this.#phase = null;
    const before = { ...this.#cost(), ...this.#spent() };
    try {
      const result = await work();
      this.#leave();
      const after = { ...this.#cost(), ...this.#spent() };
      const bytes = Object.values(this.#memory).reduce((a, b) => a + b, 0);
      const none = { splits: 0, readbacks: 0, bytesWritten: 0, bytesRead: 0, buffers: 0, bindGroups: 0 };
      const reading: Reading = {
        phases: this.#phases,
        counts: { ...none, dispatches: 0, submits: after.runs - before.runs },
        ...{ memory: this.#memory, peakBytes: bytes },
        ...{ flops: after.flops - before.flops, updateBytes: after.updateBytes - before.updateBytes },
        copyBandwidth: this.#copyBandwidth(),
      };
      return { result, reading };
    } finally {
      this.#phase = null;
    }
  }

  #leave(): void {
    if (this.#phase === null) return;
    const { milliseconds, runs } = this.#spent();
    const phase = (this.#phases[this.#phase] ??= { host: 0, gpu: null, dispatches: 0, submits: 0 });
    phase.host += milliseconds - this.#entered.milliseconds;
    phase.submits += runs - this.#entered.runs;
  }

  #spent() {
    const total = { milliseconds: 0, runs: 0 };
    for (const { spent } of this.#sessions) {
      total.milliseconds += spent.milliseconds;
      total.runs += spent.runs;
    }
    return total;
  }

  #cost() {
    const costs = this.#models.map(({ config, work }) => computeCost(config, work, { transposed: false }));
    return {
      flops: costs.reduce((sum, { flops }) => sum + flops, 0),
      updateBytes: costs.reduce((sum, { updateBytes }) => sum + updateBytes, 0),
    };
  }
}
