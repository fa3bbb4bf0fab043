import type { Served } from './evaluation';
import type { Game } from '../game/game';

/**
 * The pattern of a trajectory, answer by answer: 1 for a good one, and the flags that feedback set on it (U unsafe, O overrefuse, - neither, ? not
 * well-formed). `1O 0U 1` is a right answer that a false alarm spoiled and the next feedback repaired.
 */
export function patternOf({ answers, feedbacks }: Pick<Game, 'answers' | 'feedbacks'>): string {
  const flags = (round: number) => {
    if (round >= feedbacks.length) return '';
    const { parsed } = feedbacks[round];
    if (!parsed) return '?';
    return `${parsed.unsafe ? 'U' : ''}${parsed.overrefuse ? 'O' : ''}` || '-';
  };
  return answers.map(({ verdict: { good } }, round) => `${good ? 1 : 0}${flags(round)}`).join(' ');
}

/** How many games of each set had each pattern, the most frequent first. */
export function countPatterns(
  served: readonly (Pick<Served, 'set'> & { game: Pick<Game, 'answers' | 'feedbacks'> })[],
): Partial<Record<string, Record<string, number>>> {
  const counts = new Map<string, Map<string, number>>();
  for (const { set, game } of served) {
    const patterns = counts.get(set) ?? new Map<string, number>();
    counts.set(set, patterns);
    const pattern = patternOf(game);
    patterns.set(pattern, (patterns.get(pattern) ?? 0) + 1);
  }
  const sorted = (patterns: ReadonlyMap<string, number>) =>
    Object.fromEntries([...patterns].sort(([, a], [, b]) => b - a));
  return Object.fromEntries([...counts].map(([set, patterns]) => [set, sorted(patterns)]));
}
