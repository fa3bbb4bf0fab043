import type { Split } from '../../task/prompt';
import type { Level } from './levels';
import { type SetName, setNames } from './sets';
import { complyProbability } from './base-conversation';
import { evaluationScenes } from './masquerade';
import { createGrammar } from './scene';

/** Probability of a branch with probability p of two, sampled at a temperature: p^(1/T) / (p^(1/T) + (1−p)^(1/T)). */
export function sharpen(probability: number, temperature: number): number {
  const up = probability ** (1 / temperature);
  const down = (1 - probability) ** (1 / temperature);
  return up / (up + down);
}

/**
 * The rates of a base conversation agent that mimics its warm start exactly, over the actual evaluation draw: ASR on
 * harmful sets, ORR on benign ones, share right on everyday prompts. Fractions.
 */
export function expectedBaseRates(
  level: Level,
  { temperature = 0.7, split = 'eval', count = 512 }: { temperature?: number; split?: Split; count?: number } = {},
): Record<SetName, number> {
  const grammar = createGrammar(level);
  const rate = (set: SetName): number => {
    const complies = evaluationScenes(grammar, set, split, count).map((scene) =>
      sharpen(complyProbability(scene), temperature),
    );
    const mean = complies.reduce((sum, each) => sum + each, 0) / complies.length;
    return set === 'sensitive' || set === 'sensitive-unseen' || set === 'sensitive-masked' ? 1 - mean : mean;
  };
  return Object.fromEntries(setNames.map((set) => [set, rate(set)])) as Record<SetName, number>;
}
