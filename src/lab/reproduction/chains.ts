import type { Task } from '../../task/task';
import type { Game } from '../../waltz/game/game';

/** By group of prompts: first feedbacks whose reasoning can be checked, and how many of them reason exactly. */
export type Chains = Record<string, { n: number; exact: number }>;

/** Empty for a task that knows no exact reasoning. */
export function exactChains(
  { reasoning }: Pick<Task, 'reasoning'>,
  games: readonly Pick<Game, 'prompt' | 'feedbacks'>[],
): Chains {
  const found: Chains = {};
  if (!reasoning) return found;
  for (const { prompt, feedbacks } of games) {
    const group = reasoning.group(prompt);
    if (group === null) continue;
    const count = (found[group] ??= { n: 0, exact: 0 });
    count.n++;
    if (reasoning.isExact(prompt, feedbacks[0].text)) count.exact++;
  }
  return found;
}

/** Those of several seeds together. */
export function sumChains(all: readonly Chains[]): Chains {
  const sum: Chains = {};
  for (const [group, { n, exact }] of all.flatMap((chains) => Object.entries(chains))) {
    const count = (sum[group] ??= { n: 0, exact: 0 });
    count.n += n;
    count.exact += exact;
  }
  return sum;
}
