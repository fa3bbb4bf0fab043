import type { Limits } from '../../task/limits';
import type { LlamaConfig } from '../../model/config';
import { sizedConfig, sizes, type SizeName } from '../../model/sizes';
import { longestSequence } from '../../waltz/game/sequence-limits';

/** The most rounds that a config may ask for; base agents have room for all of them. */
export const MAXIMUM_ROUNDS = 4;

const levels: Readonly<Record<string, Parameters<typeof sizedConfig>[0]>> = {
  tiny: { hidden: 48, layers: 2, heads: 3, inner: 128 },
  standard: sizes['0.1M'],
  hard: { ...sizes['0.1M'], layers: 3 },
};

/**
 * Architecture of both agents of a level, of another size where one is given; positions reach as far as the longest game
 * with `MAXIMUM_ROUNDS`.
 */
export function modelConfig(level: string, vocabularySize: number, limits: Limits, size?: SizeName): LlamaConfig {
  const length = longestSequence(limits, MAXIMUM_ROUNDS);
  return sizedConfig(size ? sizes[size] : levels[level], vocabularySize, length);
}
