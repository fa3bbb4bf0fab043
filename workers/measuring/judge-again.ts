/** A second judge on the answers of a kept measurement, kept batch by batch. */
import { isSameJudge, type JudgeChoice } from '../../src/judges';
import { agreementOf, countAgreement, noAgreement } from '../../src/lab/measure/agreement';
import { byAnother, judgeAgain } from '../../src/lab/measure/judge-again';
import type { MeasurementHead, SecondJudging } from '../../src/lab/measure/measurement';
import type { MeasurementStore } from '../../src/lab/measure/measurement-store';
import { reportOf, Tally } from '../../src/lab/measure/report';
import type { MeasuringNews } from '../protocol/measuring';
import type { Judging } from './judging';

/** Answers that are judged and kept together. */
const BATCH = 16;

interface Parts {
  judging: Judging;
  measurements: MeasurementStore;
  tell: (news: MeasuringNews) => void;
}

/** Goes on where this judge had been paused; in the place of another it begins. Throws what the judge and the store throw. */
export async function judgeAgainAndKeep(
  { judging, measurements, tell }: Parts,
  id: string,
  choice: JudgeChoice,
  { key, signal }: { key: string; signal: AbortSignal },
): Promise<MeasurementHead> {
  const facts = await judging.facts(choice);
  const kept = await measurements.load(id);
  let { head } = kept;
  const goesOn = head.second !== null && (await isSameJudge(head.second.judge, facts));
  let second: SecondJudging = goesOn
    ? head.second!
    : { judge: facts, requests: 0, done: 0, report: reportOf([]), agreement: agreementOf(noAgreement) };
  if (!goesOn) await measurements.beginSecond(id, second);
  const verdicts = goesOn ? kept.second : [];
  const known = byAnother(kept.answers.slice(0, second.done), verdicts);
  const tally = new Tally();
  tally.add(known);
  const judge = await judging.open(facts, key, known);
  const asked = second.requests;
  const add = async (batch: typeof verdicts) => {
    const from = second.done;
    const answers = kept.answers.slice(from, from + batch.length);
    tally.add(byAnother(answers, batch));
    const agreement = agreementOf(countAgreement(second.agreement, answers, batch));
    const requests = asked + judge.requests;
    second = { ...second, requests, done: from + batch.length, report: tally.report(), agreement };
    await measurements.appendSecond(id, from, batch, second);
    head = { ...head, second };
    tell({ kind: 'judged', head, from, verdicts: batch });
  };
  try {
    head = { ...head, second };
    while (second.done < kept.answers.length && !signal.aborted) {
      await add(await judgeAgain(judge, kept.answers.slice(second.done, second.done + BATCH), signal));
    }
    return head;
  } catch (error) {
    // Requests that came to nothing were sent all the same.
    if (second.requests < asked + judge.requests) await add([]);
    throw error;
  } finally {
    await judge.close();
  }
}
