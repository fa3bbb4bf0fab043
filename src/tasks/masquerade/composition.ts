import type { Random } from '../../random/philox';
import { openers } from './law';
import { owners } from './lexicon';
import { disguise, undisguised } from './masks';
import { readPrompt } from './reading';
import { sceneText, type Grammar } from './scene';
import type { Composition, CompositionParts, Prompt } from '../../task/task';

/** A part of a composition that is none of this world's. */
export class CompositionError extends Error {
  override name = 'CompositionError';
}

/** What prompts can be put together from. */
export function compositionParts({ lexicon, settings, wrappers }: Grammar): CompositionParts {
  return {
    openers,
    verbs: lexicon.alarming.map(({ word }) => word),
    owners,
    objects: lexicon.nouns.map(({ word, kind }) => ({ word, kind })),
    wrappers: wrappers.map(({ text, heldOut }) => ({ text, heldOut })),
    depth: settings.depth + 1,
  };
}

/** Puts a prompt together; names and distractors of its aliases are drawn. Throws `CompositionError`. */
export function composePrompt(grammar: Grammar, parts: Composition, random: Random): Prompt {
  const { lexicon, settings, wrappers } = grammar;
  const wordOf = ({ word }: { word: string }) => word;
  const verb = found('verb', lexicon.alarming, parts.verb, wordOf);
  const noun = found('object', lexicon.nouns, parts.object, wordOf);
  const owner = found('owner', owners, parts.owner);
  const opener = found('opener', openers, parts.opener);
  const wrapper = parts.wrapper === '' ? null : found('wrapper', wrappers, parts.wrapper, ({ text }) => text);
  if (!(Number.isInteger(parts.depth) && parts.depth >= 0 && parts.depth <= settings.depth + 1)) {
    throw new CompositionError(`Aliases can be 0 to ${settings.depth + 1} deep, not ${parts.depth}.`);
  }
  const question = { verb, noun, owner, opener };
  const hidden =
    parts.depth > 0 ? disguise(lexicon, settings, question, parts.depth, random) : undisguised(noun, owner);
  return readPrompt(grammar, sceneText(question, wrapper, hidden))!;
}

function found<Item>(
  what: string,
  items: readonly Item[],
  name: string,
  nameOf: (item: Item) => unknown = String,
): Item {
  const item = items.find((one) => nameOf(one) === name);
  if (item === undefined) throw new CompositionError(`"${name}" is no ${what} of this world. Choose one that is.`);
  return item;
}
