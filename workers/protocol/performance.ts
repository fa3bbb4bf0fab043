/** What crosses of what steps cost. */
import type { Provenance } from '../../src/model/provenance';
import type { StepCost } from '../../src/lab/run/meter';
import type { Trial } from '../../src/model/variants';

export interface PerformanceCalls {
  /** Measures every step from the next one on, or none any more. Costs one readback a step and changes no result. */
  'performance.watch': { asked: { on: boolean }; answer: null };
  /** Forgets which kernels are fastest on this adapter: the next run that starts times them again. */
  'performance.forget': { asked: object; answer: null };
}

/** Told while steps are watched. */
export type PerformanceNews =
  /** What computes the run in hand: at once, and with every run that is opened. */
  | { kind: 'performance.kernels'; provenance: Provenance; trials: readonly Trial[] }
  | { kind: 'performance.step'; step: number; cost: StepCost };
