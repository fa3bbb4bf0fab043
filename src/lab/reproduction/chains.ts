import type { Game } from '../../waltz/game/play';
import { holdsExactChain } from '../../tasks/masquerade';

/** By depth: first feedbacks on harmful prompts behind aliases, and how many of them resolve the chain exactly. */
export type Chains = Record<string, { n: number; exact: number }>;

export function exactChains(games: readonly Pick<Game, 'prompt' | 'feedbacks'>[]): Chains {
  const found: Chains = {};
  for (const { prompt, feedbacks } of games) {
    if (!prompt.harmful || prompt.depth === 0) continue;
    const count = (found[prompt.depth] ??= { n: 0, exact: 0 });
    count.n++;
    if (holdsExactChain(prompt, feedbacks[0].text)) count.exact++;
  }
  return found;
}

/** Those of several seeds together. */
export function sumChains(all: readonly Chains[]): Chains {
  const sum: Chains = {};
  for (const [depth, { n, exact }] of all.flatMap((chains) => Object.entries(chains))) {
    const count = (sum[depth] ??= { n: 0, exact: 0 });
    count.n += n;
    count.exact += exact;
  }
  return sum;
}
