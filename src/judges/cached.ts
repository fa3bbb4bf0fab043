/** Verdicts by judge, prompt and answer: the same question is never asked twice. */
import { sha256 } from '../checkpoint/sha256';
import type { Judge, JudgedItem, JudgeOptions, Verdict } from '../task/judge';

/** Verdicts that are kept at most; the oldest go first. */
const MOST_VERDICTS = 200_000;

/** Under hashes, so that long texts take no more room than short ones. */
export class VerdictCache {
  readonly #verdicts = new Map<string, Verdict>();
  readonly #keep: (key: string, verdict: Verdict) => void;

  /** @param keep is told of each verdict that is new. */
  constructor(keep: (key: string, verdict: Verdict) => void = () => undefined) {
    this.#keep = keep;
  }

  get(key: string): Verdict | undefined {
    return this.#verdicts.get(key);
  }

  put(key: string, verdict: Verdict): void {
    if (this.#verdicts.has(key)) return;
    this.remember(key, verdict);
    this.#keep(key, verdict);
  }

  /** Takes in what was kept before. */
  remember(key: string, verdict: Verdict): void {
    this.#verdicts.set(key, verdict);
    if (this.#verdicts.size <= MOST_VERDICTS) return;
    for (const oldest of this.#verdicts.keys()) {
      this.#verdicts.delete(oldest);
      break;
    }
  }
}

/** SHA-256 of all that a verdict hangs on. @param judge its `judgeId`. */
export async function verdictKey(judge: string, { prompt: { text, harmful }, answer }: JudgedItem): Promise<string> {
  return await sha256(new TextEncoder().encode(JSON.stringify([judge, text, harmful, answer])));
}

/** The same judge, asked only what the cache does not know. */
export function cached(judge: Judge, id: string, cache: VerdictCache): Judge {
  return {
    async judge(items, { signal, found }: JudgeOptions = {}) {
      const keys = await Promise.all(items.map((item) => verdictKey(id, item)));
      const verdicts = keys.map((key) => cache.get(key));
      verdicts.forEach((verdict, at) => verdict && found?.(at, verdict));
      /** Places of each question that is asked. */
      const places = new Map<string, number[]>();
      keys.forEach((key, at) => {
        if (!verdicts[at]) places.set(key, [...(places.get(key) ?? []), at]);
      });
      const asked = [...places.values()];
      const keep = (i: number, verdict: Verdict) => {
        cache.put(keys[asked[i][0]], verdict);
        for (const at of asked[i]) {
          verdicts[at] = verdict;
          found?.(at, verdict);
        }
      };
      const questions = asked.map(([at]) => items[at]);
      if (questions.length > 0) {
        const fresh = await judge.judge(questions, { ...(signal && { signal }), found: keep });
        // Of judges that tell all at once.
        fresh.forEach((verdict, i) => {
          if (!verdicts[asked[i][0]]) keep(i, verdict);
        });
      }
      return verdicts as Verdict[];
    },
  };
}
