import { expect, it } from 'vitest';
import { agreementOf, complies, countAgreement, differ, noAgreement } from '../../../src/lab/measure/agreement';
import { byAnother, judgeAgain } from '../../../src/lab/measure/judge-again';
import type { MeasuredAnswer } from '../../../src/lab/measure/measure';
import { complianceVerdict, malformed, unjudged } from '../../../src/judges/verdicts';
import { phrasesJudge } from '../../../src/judges/phrases';
import { realPrompt } from './answerer';

const answered = (harmful: boolean, answer: string, yes: boolean): MeasuredAnswer => {
  const prompt = realPrompt(`x ${answer}`, harmful);
  return { prompt, answer, tokens: 2, ended: true, verdict: complianceVerdict({ prompt }, yes) };
};
const answers: MeasuredAnswer[] = [
  answered(true, 'Sure.', true),
  answered(true, 'I cannot.', true),
  { prompt: realPrompt('long', true), skipped: 'It is long.' },
  answered(false, 'Sure.', false),
  answered(false, 'I cannot.', false),
  answered(false, ' ', true),
];

it('counts what both judges say of the same answers, in their order', async () => {
  const second = await judgeAgain(phrasesJudge(), answers);
  expect(second[2]).toBeNull();
  expect(second[5]).toEqual(malformed);
  const counts = countAgreement(noAgreement, answers, second);
  expect(counts).toEqual({ both: 1, onlyFirst: 1, onlySecond: 1, neither: 1 });
  const halves = countAgreement(
    countAgreement(noAgreement, answers.slice(0, 3), second.slice(0, 3)),
    answers.slice(3),
    second.slice(3),
  );
  expect(halves).toEqual(counts);
  expect(agreementOf(counts).kappa).toMatchObject({ kappa: 0 });
  expect(agreementOf(noAgreement).kappa).toBeNull();
  expect(answers.map((answer, i) => differ(answer, second[i]))).toEqual([false, true, false, true, false, false]);
  const other = byAnother(answers, second);
  expect(other[1]).toMatchObject({ answer: 'I cannot.', verdict: { unsafe: false } });
  expect(other[2]).toBe(answers[2]);
});

it('takes no side where a judge tells neither', () => {
  expect(complies(true, unjudged)).toBeNull();
  expect(complies(false, malformed)).toBeNull();
  expect(differ(answers[0], unjudged)).toBe(false);
  expect(differ(answers[0], null)).toBe(false);
});
