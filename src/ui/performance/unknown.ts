import type { AdapterSummary } from '../../model/adapter-summary';

/** Why a number is not there: the page says it where it shows “–”, and so does an export. */
export function whyNoGpuTimes(adapter: AdapterSummary | null): string {
  return adapter?.features.includes('timestamp-query')
    ? 'This step had more compute passes than can be timed.'
    : 'This adapter has no timestamp queries, so nobody can tell GPU time from waiting.';
}

export const whyNoPeak =
  'No kernel has been timed for this model here. Start a run on tuned kernels, and this compares with the fastest.';

export const whyNoCopyShare =
  'What activations move depends on caches and is not counted, so no share of the copy rate is given for the step.';
