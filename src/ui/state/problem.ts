import type { DeviceNews } from '../../../workers/protocol/device';

/** Something that went wrong, as the page tells it: what happened, what was kept, what to do. */
export interface Problem {
  title: string;
  message: string;
  kept: string;
  /** What the visitor can press to go on; without it the message says what to do. */
  remedy?: { label: string; act: () => void };
}

/** What was kept here was deleted from outside, and the run on the page is kept again at this step. */
export function clearedProblem(step: number): Problem {
  return {
    title: 'What this page kept in this browser was deleted',
    message: 'Somebody cleared the data of this site, or the browser needed the room: other runs and models are gone.',
    kept: `The run on the page is kept again, up to step ${step}. A file of it is safe from that.`,
  };
}

export function lostProblem({ reason, step }: Pick<DeviceNews, 'reason' | 'step'>): Problem {
  return {
    title: 'The GPU went away',
    message: `${reason || 'The browser gave no reason.'} It happens when a driver restarts or a laptop changes its graphics card.`,
    kept:
      step === null
        ? 'Nothing was trained that is not kept; saved runs are untouched.'
        : `Everything up to step ${step} is kept in this browser.`,
  };
}

export function messageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}
