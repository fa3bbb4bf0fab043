import type { StepCost } from '../../lab/run/meter';
import type { Trial } from '../../model/variants';
import { breakdown } from './phases';

/** How fast a step's matrix products went, against the fastest that was timed on this adapter. */
export interface ProductRate {
  /** Operations a second: by the clock, and over the time that the GPU computed; null where it does not tell. */
  byClock: number;
  onGpu: number | null;
  /** Operations a second of the fastest product timed; null where none was. */
  peak: number | null;
  /** Fractions of that peak. */
  shareByClock: number | null;
  shareOnGpu: number | null;
}

export function productRate(cost: StepCost, trials: readonly Trial[]): ProductRate {
  const timed = trials.flatMap(({ gflops }) => (gflops === null ? [] : [1e9 * gflops]));
  const peak = timed.length > 0 ? Math.max(...timed) : null;
  const { gpuTotal } = breakdown(cost);
  const byClock = (1000 * cost.flops) / cost.wall;
  const onGpu = gpuTotal ? (1000 * cost.flops) / gpuTotal : null;
  return {
    ...{ byClock, onGpu, peak },
    shareByClock: peak && byClock / peak,
    shareOnGpu: peak && onGpu && onGpu / peak,
  };
}

/**
 * What the updates' fixed traffic would take at the rate of a plain copy, in milliseconds and as a share of the step. What
 * activations move depends on caches and is not counted, so no share of the bandwidth is claimed for the step.
 */
export function updateTraffic({ updateBytes, copyBandwidth, wall }: StepCost): { milliseconds: number; share: number } {
  const milliseconds = (1000 * updateBytes) / copyBandwidth;
  return { milliseconds, share: milliseconds / wall };
}

/** Trials of a role, and the one that runs. */
export interface RoleTrials {
  role: string;
  chosen: string;
  gflops: number | null;
  /** How many times as fast as the plain kernel. */
  gain: number | null;
  trials: readonly Trial[];
}

/** The plain kernel is the first that is timed in every role. */
export function byRole(variants: Readonly<Record<string, string>>, trials: readonly Trial[]): RoleTrials[] {
  return Object.entries(variants).map(([role, chosen]) => {
    const ofRole = trials.filter((trial) => trial.role === role);
    const gflops = ofRole.find(({ name }) => name === chosen)?.gflops ?? null;
    const plain = ofRole[0]?.gflops ?? null;
    return { role, chosen, gflops, gain: gflops && plain && gflops / plain, trials: ofRole };
  });
}
