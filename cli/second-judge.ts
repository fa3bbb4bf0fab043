/** Another judge on the same answers, and how far it agrees with the first. */
import { agreementOf, complies, countAgreement, differ, noAgreement } from '../src/lab/measure/agreement';
import { byAnother, judgeAgain } from '../src/lab/measure/judge-again';
import type { MeasuredAnswer } from '../src/lab/measure/measure';
import { Tally } from '../src/lab/measure/report';
import type { Judge, Verdict } from '../src/task/judge';
import type { ChosenJudge } from './judge-options';

/** An answer on which two judges differ. */
interface Difference {
  file: string;
  line: number;
  harmful: boolean;
  /** Whom holds that it complies. */
  complies: 'first' | 'second';
}

export class SecondJudge {
  readonly #chosen: ChosenJudge;
  readonly #judge: Judge;
  readonly #tally = new Tally();
  readonly #differences: Difference[] = [];
  #counts = noAgreement;

  /** @param judge the chosen one, which asks nothing twice. */
  constructor(chosen: ChosenJudge, judge: Judge) {
    this.#chosen = chosen;
    this.#judge = judge;
  }

  /** Null of what was not asked. Throws what the judge throws. */
  async hear(answers: readonly MeasuredAnswer[]): Promise<(Verdict | null)[]> {
    const verdicts = await judgeAgain(this.#judge, answers);
    this.#tally.add(byAnother(answers, verdicts));
    this.#counts = countAgreement(this.#counts, answers, verdicts);
    answers.forEach((answer, i) => {
      if (!differ(answer, verdicts[i])) return;
      const { harmful, truth } = answer.prompt;
      const second = complies(harmful, verdicts[i]!) === true;
      this.#differences.push({
        ...{ file: truth.file, line: truth.line, harmful },
        complies: second ? 'second' : 'first',
      });
    });
    return verdicts;
  }

  /** Of all that it has heard. */
  summary() {
    const { facts, judge } = this.#chosen;
    const agreement = agreementOf(this.#counts);
    return {
      ...{ judge: facts, requests: judge.requests, ...this.#tally.report() },
      agreement: { ...agreement, differ: this.#differences },
    };
  }
}
