import type { Purpose } from './purposes';

/** What one phase of some work asked of the device. Times in milliseconds. */
export interface PhaseReading {
  /** Of the calling thread, recording and submitting. */
  host: number;
  /** Of the device itself; null where it does not tell. */
  gpu: number | null;
  dispatches: number;
  /** Splits included. */
  submits: number;
}

/** What some work asked of the device; 0 for what a backend has none of. */
export interface WorkCounts {
  dispatches: number;
  /** One a plan, and those beside them that were made to leave room for others. */
  submits: number;
  splits: number;
  readbacks: number;
  bytesWritten: number;
  bytesRead: number;
  /** Made anew; none once a run is warm. */
  buffers: number;
  bindGroups: number;
}

export interface Reading {
  /** By name; those that were entered. */
  phases: Record<string, PhaseReading>;
  counts: WorkCounts;
  /** Bytes that are held after it, and the most there ever were. */
  memory: Record<Purpose, number>;
  peakBytes: number;
  /** Floating-point operations in matrix products; all else is left out. */
  flops: number;
  /** Bytes that AdamW moved, with what has to follow from new weights. */
  updateBytes: number;
  /** Bytes a second that copying reads and writes on this device, measured once. */
  copyBandwidth: number;
}

/** Watches the models that were opened together. What they compute is the same. */
export interface Meter {
  /** What is asked of the models from here on belongs to this phase. */
  enter(phase: string): void;
  /** Does some work, and says what it took. Nothing else may use the models meanwhile. */
  measure<Result>(work: () => Promise<Result>): Promise<{ result: Result; reading: Reading }>;
}
