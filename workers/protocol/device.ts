/** What crosses of the GPU. */
import type { AdapterSummary } from '../../src/model/adapter-summary';
import type { SelfCheck } from '../../src/model/backend';

export interface DeviceCalls {
  /**
   * Opens the adapter, runs the self-check, tells of the saved runs. A queue of tables that is kept is told of after it, and
   * goes on if it was running when the page was left and nothing else is in hand.
   */
  'device.open': { asked: object; answer: { adapter: AdapterSummary; selfCheck: SelfCheck } };
}

/** The GPU went away; the run in hand is back at its last checkpoint, of this step, or there is none. */
export interface DeviceNews {
  kind: 'device.lost';
  reason: string;
  step: number | null;
}
