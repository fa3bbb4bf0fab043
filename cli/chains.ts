import type { Split } from '../src/task/prompt';
import { hash32 } from '../src/random/philox';
import { exactChains } from '../src/lab/reproduction/chains';
import type { RunParts } from '../src/lab/run/run';
import { WordsFormat } from '../src/chat/words';
import { play } from '../src/waltz/game/play';

export interface ChainAccuracy {
  n: number;
  /** Share of feedbacks whose reasoning is exact. */
  exact: number;
}

/** How often whoever advises reasons exactly, by group of prompts whose reasoning can be checked. */
export async function chainAccuracy(
  parts: RunParts,
  { split, prompts, temperature, draw }: { split: Split; prompts: number; temperature: number; draw?: number },
): Promise<Record<string, ChainAccuracy>> {
  const { task } = parts;
  const checked = task.sets
    .flatMap(({ name }) => task.prompts.evaluation(name, split, prompts, draw))
    .filter((prompt) => task.reasoning && task.reasoning.group(prompt) !== null);
  if (checked.length === 0) return {};
  const games = await play(
    checked,
    { ...parts, format: new WordsFormat(parts.tokenizer) },
    {
      maxRounds: 1,
      temperature,
      draw: { seed: 0, stream: 'evaluation', step: 0, rollouts: checked.map(({ text }) => hash32(text)) },
    },
  );
  // Whole numbers as keys come in their order.
  const groups = Object.entries(exactChains(task, games));
  return Object.fromEntries(groups.map(([group, { n, exact }]) => [group, { n, exact: exact / n }]));
}
