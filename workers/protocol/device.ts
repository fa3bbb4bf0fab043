/** What crosses of what computes. */
import type { BackendReason, BackendWish } from '../../src/lab/models/choose-backend';
import type { AdapterSummary } from '../../src/model/adapter-summary';
import type { SelfCheck } from '../../src/model/backend';

export type { BackendReason, BackendWish };

/** What computes models now. */
export interface OpenedDevice {
  /** Its name, as it is recorded. */
  backend: string;
  adapter: AdapterSummary;
  /** What the visitor wished for, and why it is this one. */
  wish: BackendWish;
  reason: BackendReason;
  selfCheck: SelfCheck;
}

export interface DeviceCalls {
  /**
   * Opens what computes, runs the self-check, tells of the saved runs. A queue of tables that is kept is told of after it, and
   * goes on if it was running when the page was left and nothing else is open.
   */
  'device.open': { asked: object; answer: OpenedDevice };
  /**
   * Keeps the wish, here and for every later visit, and opens what it asks for. The run in memory is saved and left, and a
   * queue rests.
   */
  'device.choose': { asked: { wish: BackendWish }; answer: OpenedDevice };
}

/** The GPU went away; the current run is back at its last checkpoint, of this step, or there is none. */
export interface DeviceNews {
  kind: 'device.lost';
  reason: string;
  step: number | null;
}
