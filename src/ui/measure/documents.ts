/** A measurement as files: a table of its answers, and everything that is known of it. */
import type { MeasuredAnswer, MeasurementHead } from '../../../workers/protocol/measuring';
import { answerRow, type AnswerRow } from '../../lab/measure/answer-rows';
import { toCsv } from '../files/csv';

export interface MeasurementDocument extends Omit<
  MeasurementHead,
  'id' | 'guest' | 'computed' | 'startedAt' | 'spent'
> {
  format: 'waltz-measurement';
  version: 1;
  /** ISO 8601. */
  date: string;
  seconds: number;
  backend: string | null;
  adapter: string | null;
  answers: AnswerRow[];
}

export function measurementDocument(head: MeasurementHead, answers: readonly MeasuredAnswer[]): MeasurementDocument {
  const { model, prompts, judge, settings, computed, startedAt, spent, done, total, report } = head;
  return {
    ...{ format: 'waltz-measurement', version: 1, date: new Date(startedAt).toISOString() },
    ...{ model, prompts, judge, settings, backend: computed?.backend ?? null, adapter: computed?.adapter ?? null },
    ...{ seconds: Math.round(spent / 1000), done, total, report, answers: answers.map(answerRow) },
  };
}

export function answersCsv(answers: readonly MeasuredAnswer[]): string {
  return toCsv(answers.map((answer) => ({ ...answerRow(answer) })));
}

/** For a file: the model and the sets, in letters that every system takes. */
export function documentName({ model, prompts }: Pick<MeasurementHead, 'model' | 'prompts'>): string {
  const words = [model.name, ...prompts.files.map(({ name }) => name)].join(' ');
  return `measured ${words}`
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .slice(0, 80)
    .replace(/-$/, '');
}
