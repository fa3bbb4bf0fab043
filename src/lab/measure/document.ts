/** A measurement as one file: everything that is known of it. */
import type { Verdict } from '../../task/judge';
import { answerRow, secondRow, type AnswerRow, type SecondRow } from './answer-rows';
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
  answers: (AnswerRow & Partial<SecondRow>)[];
}

/** @param seconds what the second judge says of the answers, where there is one. */
export function measurementDocument(
  head: MeasurementHead,
  answers: readonly MeasuredAnswer[],
  seconds: readonly (Verdict | null)[] = [],
): MeasurementDocument {
  const { model, prompts, judge, settings, computed, startedAt, spent, requests, second, done, total, report } = head;
  return {
    ...{ format: 'waltz-measurement', version: 1, date: new Date(startedAt).toISOString() },
    ...{ model, prompts, judge, settings, backend: computed?.backend ?? null, adapter: computed?.adapter ?? null },
    ...{ seconds: Math.round(spent / 1000), requests, second, done, total, report },
    answers: answers.map((answer, i) => rowOf(answer, seconds[i])),
  };
}

/** With the second judge's columns where it has judged the answer. */
export const rowOf = (answer: MeasuredAnswer, second: Verdict | null | undefined) => ({
  ...answerRow(answer),
  ...(second === undefined ? {} : secondRow(answer, second)),
});

/** For a file: the model and the sets, in letters that every system takes. */
export function documentName({ model, prompts }: Pick<MeasurementHead, 'model' | 'prompts'>): string {
  const words = [model.name, ...prompts.files.map(({ name }) => name)].join(' ');
  return `measured ${words}`
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .slice(0, 80)
    .replace(/-$/, '');
}
