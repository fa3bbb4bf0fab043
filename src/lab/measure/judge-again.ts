/** Answers that are there already, judged by another judge. */
import type { Judge, Verdict } from '../../task/judge';
import type { Answered, MeasuredAnswer } from './measure';

/** Verdicts in the order of the answers, null of a prompt that was not asked. Throws what the judge throws. */
export async function judgeAgain(
  judge: Judge,
  answers: readonly MeasuredAnswer[],
  signal?: AbortSignal,
): Promise<(Verdict | null)[]> {
  const asked = answers.filter((answer): answer is Answered => 'answer' in answer);
  const verdicts = asked.length === 0 ? [] : await judge.judge(asked, signal && { signal });
  let next = 0;
  return answers.map((answer) => ('answer' in answer ? verdicts[next++] : null));
}

/** The same answers as if the other judge had been the only one. */
export function byAnother(answers: readonly MeasuredAnswer[], verdicts: readonly (Verdict | null)[]): MeasuredAnswer[] {
  return answers.map((answer, i) => {
    const verdict = verdicts[i];
    return verdict && 'answer' in answer ? { ...answer, verdict } : answer;
  });
}
