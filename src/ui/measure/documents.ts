/** A measurement's answers as a table. */
import type { MeasuredAnswer } from '../../../workers/protocol/measuring';
import { answerRow } from '../../lab/measure/answer-rows';
import { toCsv } from '../files/csv';

export function answersCsv(answers: readonly MeasuredAnswer[]): string {
  return toCsv(answers.map((answer) => ({ ...answerRow(answer) })));
}
