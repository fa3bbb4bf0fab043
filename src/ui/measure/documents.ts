/** A measurement's answers as a table. */
import type { MeasuredAnswer, Verdict } from '../../../workers/protocol/measuring';
import { rowOf } from '../../lab/measure/document';
import { toCsv } from '../files/csv';

/** @param second what a second judge says of each answer; empty where there is none. */
export function answersCsv(answers: readonly MeasuredAnswer[], second: readonly (Verdict | null)[] = []): string {
  // Every row has the columns of the first.
  const rows = answers.map((answer, i) => rowOf(answer, second.length === 0 ? undefined : (second[i] ?? null)));
  return toCsv(rows);
}
