import type { Place } from './contender';

/** New tokens by run and by prompt of it. */
type Answers = readonly (readonly (readonly number[])[])[];

/**
 * How far `others` wrote what `ours` did, as far as both went, and where each of their answers parted first: behind that they
 * read other texts.
 */
export function partingsOf(
  ours: Answers,
  others: Answers,
  prompts: (run: number) => readonly (readonly number[])[],
): { sameTokens: number; places: Place[] } {
  const places: Place[] = [];
  let [same, all] = [0, 0];
  for (const [run, answers] of others.slice(0, ours.length).entries()) {
    for (const [s, answer] of answers.entries()) {
      const own = ours[run][s];
      const length = Math.min(own.length, answer.length);
      same += own.slice(0, length).filter((id, i) => id === answer[i]).length;
      all += length;
      const at = own.slice(0, length).findIndex((id, i) => id !== answer[i]);
      if (at < 0) continue;
      places.push({ ids: [...prompts(run)[s], ...own.slice(0, at)], token: own[at], other: answer[at] });
    }
  }
  return { sameTokens: same / all, places };
}
