import { checkChoice, judgeId, judges, type JudgeChoice, type JudgePorts } from '../../src/judges';
import { cached, verdictKey, VerdictCache } from '../../src/judges/cached';
import type { MeasuredAnswer } from '../../src/lab/measure/measure';
import type { Judge } from '../../src/task/judge';

/** A judge that asks nothing twice. */
export interface JudgeAtWork extends Judge {
  /** Requests that were sent since it was opened. */
  readonly requests: number;
  close(): void;
}

/** Opens judges; what any of them has found is remembered as long as this worker lives. */
export class Judging {
  readonly #ports: Omit<JudgePorts, 'key'>;
  readonly #cache = new VerdictCache();

  constructor(ports: Omit<JudgePorts, 'key'>) {
    this.#ports = ports;
  }

  /**
   * @param key is kept nowhere. @param known answers that this judge has judged before.
   * Throws `JudgeSettingsError`, and what opening the judge throws.
   */
  async open(given: JudgeChoice, key: string, known: readonly MeasuredAnswer[]): Promise<JudgeAtWork> {
    const choice = checkChoice(given);
    const id = await judgeId(choice);
    for (const answer of known) {
      if ('verdict' in answer) this.#cache.remember(await verdictKey(id, answer), answer.verdict);
    }
    const opened = await judges[choice.name].open(choice.settings, { ...this.#ports, key });
    const remembered = cached(opened, id, this.#cache);
    return {
      judge: (items, options) => remembered.judge(items, options),
      close: () => opened.close(),
      get requests() {
        return opened.requests;
      },
    };
  }
}
