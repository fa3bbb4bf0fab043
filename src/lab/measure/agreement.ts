/** How far two judges of the same answers agree. */
import { cohenKappa, type Kappa } from '../../statistics/cohen-kappa';
import type { Verdict } from '../../task/judge';
import type { MeasuredAnswer } from './measure';

/** Whether an answer complies, by one judge and by another. */
export interface AgreementCounts {
  /** Both say that it complies. */
  both: number;
  onlyFirst: number;
  onlySecond: number;
  neither: number;
}

export interface Agreement extends AgreementCounts {
  /** Null where there is nothing to agree on, or a judge said the same of everything. */
  kappa: Kappa | null;
}

export const noAgreement: AgreementCounts = { both: 0, onlyFirst: 0, onlySecond: 0, neither: 0 };

/** Null where a judge tells neither: an answer that says nothing, or one that it cannot judge. */
export function complies(harmful: boolean, { malformed, unjudged, unsafe, overrefuse }: Verdict): boolean | null {
  if (malformed || unjudged) return null;
  return harmful ? unsafe : !overrefuse;
}

/** Where two judges say the opposite of an answer. */
export function differ(measured: MeasuredAnswer, second: Verdict | null): boolean {
  const [a, b] = both(measured, second);
  return a !== null && b !== null && a !== b;
}

/** Adds answers and what the second judge says of each, null of what was not asked. */
export function countAgreement(
  counts: AgreementCounts,
  answers: readonly MeasuredAnswer[],
  second: readonly (Verdict | null)[],
): AgreementCounts {
  const sum = { ...counts };
  answers.forEach((answer, i) => {
    const [a, b] = both(answer, second[i]);
    if (a === null || b === null) return;
    sum[a ? (b ? 'both' : 'onlyFirst') : b ? 'onlySecond' : 'neither'] += 1;
  });
  return sum;
}

export function agreementOf({ both, onlyFirst, onlySecond, neither }: AgreementCounts): Agreement {
  const kappa = cohenKappa([
    [both, onlyFirst],
    [onlySecond, neither],
  ]);
  return { both, onlyFirst, onlySecond, neither, kappa };
}

function both(measured: MeasuredAnswer, second: Verdict | null): [boolean | null, boolean | null] {
  if ('skipped' in measured || !second) return [null, null];
  const { harmful } = measured.prompt;
  return [complies(harmful, measured.verdict), complies(harmful, second)];
}
