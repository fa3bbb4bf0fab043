import type { RoleName } from '../../waltz/game/roles';
import type { Gpu } from '../../gpu/device';
import type { Purpose } from '../../gpu/memory';
import type { LanguageModel } from '../../lm/language-model';
import { computeCost } from '../../lm/work-counter';
import type { Agent } from '../../model/agent';
import { PhaseClock, phaseNames, type PhaseName } from './phases';

/** One phase of a step. Times in milliseconds. */
export interface StepPhase {
  /** From the call to its result. Both updates go on at once, so theirs overlap. */
  wall: number;
  /** Of this thread, recording and submitting commands. */
  host: number;
  /** Of compute passes; null where the adapter does not tell. */
  gpu: number | null;
  dispatches: number;
  /** Splits by the pacer included. */
  submits: number;
  /** New tokens, or tokens that were learned from. */
  tokens: number;
}

/** What one step asked of the GPU. */
export interface StepCounts {
  dispatches: number;
  /** One a plan, and those beside them that the pacer made. */
  submits: number;
  splits: number;
  readbacks: number;
  bytesWritten: number;
  bytesRead: number;
  /** Made anew; none once a run is warm. */
  buffers: number;
  bindGroups: number;
}

/** What one RL step cost, as plain numbers: as many of them whatever the run. */
export interface StepCost {
  /** Milliseconds of the whole step: game, judge, rewards, updates, records. */
  wall: number;
  /** Those that there were, in order. */
  phases: Partial<Record<PhaseName, StepPhase>>;
  counts: StepCounts;
  /** Bytes of GPU buffers after the step, and the most there ever were. */
  memory: Record<Purpose, number>;
  peakBytes: number;
  /** Floating-point operations in matrix products; all else is left out. */
  flops: number;
  /** Bytes that AdamW and the transposition of the new weights moved. */
  updateBytes: number;
  /** Bytes a second that copying reads and writes on this GPU, measured once. */
  copyBandwidth: number;
}

/**
 * Measures the steps of two agents while it is on. It only watches: what they compute is the same, at the price of one
 * readback a step, which is not counted.
 */
export class Meter {
  /** The agents as a run is to call them. */
  readonly agents: Record<RoleName, Agent>;
  on = false;
  readonly #gpu: Gpu;
  readonly #models: readonly LanguageModel[];
  readonly #clock: PhaseClock;
  readonly #copyBandwidth: () => Promise<number>;

  /** `models` are those of the agents that work on this GPU. */
  constructor(
    gpu: Gpu,
    agents: Record<RoleName, Agent>,
    models: readonly LanguageModel[],
    copyBandwidth: () => Promise<number>,
  ) {
    this.#gpu = gpu;
    this.#models = models;
    this.#copyBandwidth = copyBandwidth;
    this.#clock = new PhaseClock(agents, { enter: (phase) => gpu.profile.enter(phase) });
    this.agents = this.#clock.agents;
  }

  /** Does a step, and says what it cost if it is watched. Nothing else may use the agents meanwhile. */
  async measure<Result>(step: () => Promise<Result>): Promise<{ result: Result; cost: StepCost | null }> {
    if (!this.on) return { result: await step(), cost: null };
    const { profile } = this.#gpu;
    const copyBandwidth = await this.#copyBandwidth();
    this.#clock.take();
    const before = this.#totals();
    const started = performance.now();
    profile.on = true;
    try {
      const result = await step();
      const wall = performance.now() - started;
      const after = this.#totals();
      const { counts, flops, updateBytes } = difference(before, after);
      const { memoryByPurpose: memory, peakBytes } = this.#gpu;
      const phases = await this.#phases();
      const cost = { wall, phases, counts, memory, peakBytes, flops, updateBytes };
      return { result, cost: { ...cost, copyBandwidth } };
    } finally {
      profile.on = false;
      profile.enter(null);
    }
  }

  async #phases(): Promise<StepCost['phases']> {
    const clocked = this.#clock.take();
    const costs = await this.#gpu.profile.take();
    return Object.fromEntries(
      phaseNames.flatMap((name) => {
        const { seconds, tokens } = clocked[name];
        return costs[name] ? [[name, { wall: 1000 * seconds, ...costs[name], tokens }]] : [];
      }),
    );
  }

  /** Everything that only ever grows. */
  #totals(): Totals {
    const { counters, readback } = this.#gpu;
    const { dispatches, submits, splits, written, buffers, bindGroups } = counters;
    const costs = this.#models.map(({ config, work }) => computeCost(config, work));
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
  counts: StepCounts;
  flops: number;
  updateBytes: number;
}

function difference(before: Totals, after: Totals): Totals {
  const counts = { ...after.counts };
  for (const name of Object.keys(counts) as (keyof StepCounts)[]) counts[name] -= before.counts[name];
  return { counts, flops: after.flops - before.flops, updateBytes: after.updateBytes - before.updateBytes };
}
