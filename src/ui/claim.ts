import { claim, type Objection } from '../lab/claim';
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
