/** What the floor asks of the worlds: prompts to dance to. Pure. */
import type { Prompt } from '../../src/task/prompt';
import { environmentOf } from '../../src/lab/models/environment';
import { shippedLevels } from '../../src/lab/models/shipped';
import { Random } from '../../src/random/philox';
import type { PromptReading, WorldDescription } from '../protocol/floor';

/** Prompts of a set that can be drawn. */
const PROMPTS = 512;

export function describeWorlds(): WorldDescription[] {
  return shippedLevels.map((level) => {
    const { composer, vocabulary, sets } = environmentOf(level).task;
    const words = vocabulary.filter((word) => /^([a-z]+|[.,?;])$/.test(word));
    return {
      level,
      composition: composer?.fields ?? [],
      words,
      sets: sets.map(({ name, description }) => ({ name, description })),
    };
  });
}

/** A prompt of the evaluation draw: the audit's stay unseen. */
export function drawPrompt(level: string, set: string, seed: number): Prompt {
  const prompts = environmentOf(level).task.prompts.evaluation(set, 'eval', PROMPTS);
  return new Random(seed, 'prompts', [0, 0, 0]).pick(prompts);
}

/** Throws `RangeError` for a task that has no parts to compose of, and what its composer throws. */
export function composePrompt(level: string, choices: Readonly<Record<string, string>>, seed: number): Prompt {
  const { composer } = environmentOf(level).task;
  if (!composer) throw new RangeError('Prompts of this task cannot be put together. Write or draw one.');
  return composer.compose(choices, new Random(seed, 'prompts', [0, 0, 0]));
}

/** Role tokens are no words of a world: who could write them could speak for the agents. */
export function readPrompt(level: string, text: string): PromptReading {
  const { task } = environmentOf(level);
  const known = new Set(task.vocabulary);
  const words = text.split(/\s+/).filter((word) => word !== '');
  const unknown = [...new Set(words.filter((word) => !known.has(word)))];
  return { truth: task.read(words.join(' ')), unknown };
}
