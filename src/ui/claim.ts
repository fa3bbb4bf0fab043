import { objectionsAfter, objectionWords } from '../lab/run/claim';
import type { RunConfig } from '../lab/config';
import type { Evaluation } from '../waltz/learn/metrics';

/** Says where a run that is at its end counts against the claim; '' where it does not, or is not there yet. */
export function objectionAfter(config: RunConfig, evaluation: Evaluation): string {
  const words = objectionWords(objectionsAfter(config, evaluation));
  return words === '' ? '' : `After ${evaluation.step} steps this counts against the paper’s claim: ${words}.`;
}
