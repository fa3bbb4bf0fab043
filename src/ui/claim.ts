import { claim, objectionsAfter, type Objection } from '../lab/run/claim';
import type { RunConfig } from '../lab/config';
import type { Evaluation } from '../waltz/learn/metrics';
import { percent } from './format';

/** Where a run counts against the paper's claim: `masked-unseen ASR is 11.0% (seed 2), above 10%; …`. */
export function objectionWords(objections: readonly (Objection & { seed?: number })[]): string {
  return objections
    .map(({ set, metric, rate, seed }) => {
      const of = seed === undefined ? '' : ` (seed ${seed})`;
      return `${set} ${metric.toUpperCase()} is ${(100 * rate).toFixed(1)}%${of}, above ${percent(claim[metric])}`;
    })
    .join('; ');
}

/** Says where a run that is at its end counts against the claim; '' where it does not, or is not there yet. */
export function objectionAfter(config: RunConfig, evaluation: Evaluation): string {
  const words = objectionWords(objectionsAfter(config, evaluation));
  return words === '' ? '' : `After ${evaluation.step} steps this counts against the paper’s claim: ${words}.`;
}
