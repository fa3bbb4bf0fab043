/** A measurement as one file: everything that is known of it. */
import { answerRow, type AnswerRow } from './answer-rows';
import type { MeasuredAnswer } from './measure';
import type { MeasurementHead } from './measurement';

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
  const { model, prompts, judge, settings, computed, startedAt, spent, requests, done, total, report } = head;
  return {
    ...{ format: 'waltz-measurement', version: 1, date: new Date(startedAt).toISOString() },
    ...{ model, prompts, judge, settings, backend: computed?.backend ?? null, adapter: computed?.adapter ?? null },
    ...{ seconds: Math.round(spent / 1000), requests, done, total, report, answers: answers.map(answerRow) },
  };
}

/** For a file: the model and the sets, in letters that every system takes. */
export function documentName({ model, prompts }: Pick<MeasurementHead, 'model' | 'prompts'>): string {
  const words = [model.name, ...prompts.files.map(({ name }) => name)].join(' ');
  return `measured ${words}`
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .slice(0, 80)
    .replace(/-$/, '');
}
