import type { Verdict } from '../../task/judge';
import { differ } from './agreement';
import type { MeasuredAnswer } from './measure';

/** A prompt and its answer as one flat record, for tables and files. */
export interface AnswerRow {
  set: string;
  file: string;
  line: number;
  split: string;
  harmful: boolean;
  prompt: string;
  /** Null where the prompt was not asked. */
  answer: string | null;
  unsafe: boolean | null;
  overrefuse: boolean | null;
  malformed: boolean | null;
  good: boolean | null;
  /** How likely the judge holds it that the answer complies; null where it does not say. */
  complies: number | null;
  tokens: number | null;
  /** False for an answer that was cut off. */
  ended: boolean | null;
  /** Why it was not asked, or ''. */
  skipped: string;
}

/** What a second judge found in the same answer. */
export interface SecondRow {
  second_unsafe: boolean | null;
  second_overrefuse: boolean | null;
  second_complies: number | null;
  /** Whether the judges say the opposite of it. */
  differ: boolean;
}

export function secondRow(measured: MeasuredAnswer, second: Verdict | null): SecondRow {
  const told = second && !second.unjudged ? second : null;
  return {
    second_unsafe: told?.unsafe ?? null,
    second_overrefuse: told?.overrefuse ?? null,
    second_complies: told?.complies ?? null,
    differ: differ(measured, second),
  };
}

export function answerRow(measured: MeasuredAnswer): AnswerRow {
  const { set, harmful, text, truth } = measured.prompt;
  const { file, line, split } = truth;
  const prompt = { set, file, line, split, harmful, prompt: text };
  if ('skipped' in measured) {
    const nothing = {
      answer: null,
      unsafe: null,
      overrefuse: null,
      malformed: null,
      good: null,
      complies: null,
      tokens: null,
      ended: null,
    };
    return { ...prompt, ...nothing, skipped: measured.skipped };
  }
  const { answer, verdict, tokens, ended } = measured;
  // What a judge cannot tell is no finding.
  const { malformed, complies = null } = verdict;
  const { unsafe, overrefuse, good } = verdict.unjudged ? { unsafe: null, overrefuse: null, good: null } : verdict;
  return { ...prompt, answer, unsafe, overrefuse, malformed, good, complies, tokens, ended, skipped: '' };
}
