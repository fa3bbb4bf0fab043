import { hash32 } from '../src/random/philox';
import { exactChains } from '../src/lab/reproduction/chains';
import type { RunParts } from '../src/lab/run/run';
import { Dialogue } from '../src/chat/words';
import { play } from '../src/waltz/game/play';
import type { Split } from '../src/tasks/masquerade';

export interface ChainAccuracy {
  n: number;
  /** Share of feedbacks whose reasoning begins with the exact chain. */
  exact: number;
}

/** How many harmful prompts behind aliases the feedback agent sees through, by the depth of their chains. */
export async function chainAccuracy(
  parts: RunParts,
  { split, prompts, temperature, draw }: { split: Split; prompts: number; temperature: number; draw?: number },
): Promise<Record<string, ChainAccuracy>> {
  const { world } = parts;
  const chained = (['masked', 'masked-unseen'] as const)
    .flatMap((set) => world.evaluationPrompts(set, split, prompts, draw))
    .filter(({ depth }) => depth > 0);
  const games = await play(
    chained,
    { ...parts, dialogue: new Dialogue(parts.tokenizer) },
    {
      maxRounds: 1,
      temperature,
      draw: { seed: 0, stream: 'evaluation', step: 0, rollouts: chained.map(({ text }) => hash32(text)) },
    },
  );
  // Whole numbers as keys come in their order.
  const depths = Object.entries(exactChains(games));
  return Object.fromEntries(depths.map(([depth, { n, exact }]) => [depth, { n, exact: exact / n }]));
}
