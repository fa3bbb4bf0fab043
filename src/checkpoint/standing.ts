import type { RunSnapshot } from './snapshot';

type Standing<Step> = Pick<
  RunSnapshot<unknown, Step, Step, { evaluation: Step }>,
  'step' | 'finished' | 'metrics' | 'evaluations' | 'measured'
>;

/** What cannot be of how far a run of `total` steps has come, in words; null where all of it can. */
export function impossible(
  { step, finished, metrics, evaluations, measured }: Standing<{ step: number }>,
  total: number,
): string | null {
  if (step > total) return `the run stands at step ${step} of ${total}`;
  if (finished && step < total) return `the run is finished at step ${step} of ${total}`;
  if (metrics.length !== step) return `the run stands at step ${step} but has metrics of ${metrics.length} steps`;
  const astray = metrics.findIndex((line, i) => line.step !== i + 1);
  if (astray >= 0) return `the metrics of step ${astray + 1} say that they are of step ${metrics[astray].step}`;
  const backwards = evaluations.findIndex((one, i) => i > 0 && one.step <= evaluations[i - 1].step);
  if (backwards >= 0) {
    return `an evaluation after step ${evaluations[backwards].step} follows one after step ${evaluations[backwards - 1].step}`;
  }
  const late = [...evaluations, ...measured.map(({ evaluation }) => evaluation)].find((one) => one.step > step);
  return late ? `the run stands at step ${step} but was measured after step ${late.step}` : null;
}
