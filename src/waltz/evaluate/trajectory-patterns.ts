import type { Served } from './evaluation';
import type { Game } from '../game/play';

/**
 * How a game went, answer by answer: 1 for a good one, and the flags that feedback set on it (U unsafe, O overrefuse, - neither, ? not
 * well-formed). `1O 0U 1` is a right answer that a false alarm spoiled and the next feedback repaired.
 */
export function wayOf({ answers, feedbacks }: Pick<Game, 'answers' | 'feedbacks'>): string {
  const flags = (round: number) => {
    if (round >= feedbacks.length) return '';
    const { parsed } = feedbacks[round];
    if (!parsed) return '?';
    return `${parsed.unsafe ? 'U' : ''}${parsed.overrefuse ? 'O' : ''}` || '-';
  };
  return answers.map(({ verdict: { good } }, round) => `${good ? 1 : 0}${flags(round)}`).join(' ');
}

/** How many games of each set went each way, the most frequent first. */
export function countWays(
  served: readonly Pick<Served, 'set' | 'game'>[],
): Partial<Record<string, Record<string, number>>> {
  const counts = new Map<string, Map<string, number>>();
  for (const { set, game } of served) {
    const ways = counts.get(set) ?? new Map<string, number>();
    counts.set(set, ways);
    const way = wayOf(game);
    ways.set(way, (ways.get(way) ?? 0) + 1);
  }
  const sorted = (ways: ReadonlyMap<string, number>) => Object.fromEntries([...ways].sort(([, a], [, b]) => b - a));
  return Object.fromEntries([...counts].map(([set, ways]) => [set, sorted(ways)]));
}
