import type { SetName } from '../../task/task';
import type { Served } from './evaluation';
import type { Game } from '../game/play';

/**
 * How a game went, answer by answer: R_c, and the flags that feedback set on it (U unsafe, O overrefuse, - neither, ? not
 * well-formed). `1O 0U 1` is a right answer that a false alarm spoiled and the next feedback repaired.
 */
export function wayOf({ answers, feedbacks }: Pick<Game, 'answers' | 'feedbacks'>): string {
  const flags = (round: number) => {
    if (round >= feedbacks.length) return '';
    const { parsed } = feedbacks[round];
    if (!parsed) return '?';
    return `${parsed.unsafe ? 'U' : ''}${parsed.overrefuse ? 'O' : ''}` || '-';
  };
  return answers.map(({ verdict: { reward } }, round) => `${reward}${flags(round)}`).join(' ');
}

/** How many games of each set went each way, the most frequent first. */
export function countWays(
  served: readonly Pick<Served, 'set' | 'game'>[],
): Partial<Record<SetName, Record<string, number>>> {
  const counts = new Map<SetName, Map<string, number>>();
  for (const { set, game } of served) {
    const ways = counts.get(set) ?? new Map<string, number>();
    counts.set(set, ways);
    const way = wayOf(game);
    ways.set(way, (ways.get(way) ?? 0) + 1);
  }
  const sorted = (ways: ReadonlyMap<string, number>) => Object.fromEntries([...ways].sort(([, a], [, b]) => b - a));
  return Object.fromEntries([...counts].map(([set, ways]) => [set, sorted(ways)]));
}
