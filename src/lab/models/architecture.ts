import type { Limits } from '../../task/limits';
import type { LlamaConfig } from '../../model/config';
import { sizedConfig, sizes, type SizeName } from '../../model/sizes';
import { longestSequence } from '../../waltz/game/sequence-limits';

/** The most rounds that a config may ask for; agents have room for all of them. */
export const MAXIMUM_ROUNDS = 4;

/** Positions that an agent needs of a task: as many as the longest game with `MAXIMUM_ROUNDS` has tokens. */
export function positionsFor(limits: Limits): number {
  return longestSequence(limits, MAXIMUM_ROUNDS);
}

/** Architecture of all agents of a task, in a size. */
export function modelConfig(model: SizeName, vocabularySize: number, limits: Limits): LlamaConfig {
  return sizedConfig(sizes[model], vocabularySize, positionsFor(limits));
}
