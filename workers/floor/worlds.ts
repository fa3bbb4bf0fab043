/** What the floor asks of the worlds: prompts to dance to. Pure. */
import { house } from '../../src/lab/models/environment';
import { shippedLevels } from '../../src/lab/models/shipped';
import { Random } from '../../src/random/philox';
import type { Composition, Level, Prompt, SetName } from '../../src/task/task';
import type { PromptReading, WorldDescription } from '../protocol/floor';

/** Prompts of a set that can be drawn. */
const PROMPTS = 512;

export function describeWorlds(): WorldDescription[] {
  return shippedLevels.map((level) => {
    const { parts, vocabulary, sets } = house(level).world;
    const words = vocabulary.filter((word) => /^([a-z]+|[.,?;])$/.test(word));
    return { level, parts, words, sets: sets.map(({ name, description }) => ({ name, description })) };
  });
}

/** A prompt of the evaluation draw: the audit's stay unseen. */
export function drawPrompt(level: Level, set: SetName, seed: number): Prompt {
  const prompts = house(level).world.evaluationPrompts(set, 'eval', PROMPTS);
  return new Random(seed, 'prompts', [0, 0, 0]).pick(prompts);
}

export function composePrompt(level: Level, composition: Composition, seed: number): Prompt {
  return house(level).world.compose(composition, new Random(seed, 'prompts', [0, 0, 0]));
}

/** Role tokens are no words of a world: who could write them could speak for the agents. */
export function readPrompt(level: Level, text: string): PromptReading {
  const { world } = house(level);
  const known = new Set(world.vocabulary);
  const words = text.split(/\s+/).filter((word) => word !== '');
  const unknown = [...new Set(words.filter((word) => !known.has(word)))];
  return { truth: world.read(words.join(' ')), unknown };
}
