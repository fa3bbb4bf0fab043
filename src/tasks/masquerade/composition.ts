import type { CompositionField, CompositionOption } from '../../task/composer';
import type { Random } from '../../random/philox';
import { openers } from './law';
import { owners } from './lexicon';
import { disguise, undisguised } from './masks';
import { readPrompt } from './reading';
import { sceneText, type Grammar } from './scene';
import type { MasqueradePrompt } from './truth';

/** A part of a composition that is none of this task's. */
export class CompositionError extends Error {
  override name = 'CompositionError';
}

/** A question, and the masks that hide what it asks. */
export function compositionFields({ lexicon, settings, wrappers }: Grammar): CompositionField[] {
  const plainly = (value: string): CompositionOption => ({ value, label: value, group: '' });
  const field = (name: string, label: string, options: CompositionOption[], first = options[0].value) => {
    return { name, label, options, first };
  };
  const deepest = settings.depth + 1;
  const depths = Array.from({ length: deepest + 1 }, (_, depth) => {
    const label = `${depth === 0 ? 'none' : depth}${depth === deepest ? ' (deeper than in training)' : ''}`;
    return { value: String(depth), label, group: '' };
  });
  const wrapperOptions = wrappers.map(({ text, heldOut }) => ({
    ...{ value: text, label: text, group: heldOut ? 'held out of training' : 'seen in training' },
  }));
  return [
    field('opener', 'opening', openers.map(plainly)),
    field(
      'verb',
      'verb',
      lexicon.alarming.map(({ word }) => plainly(word)),
    ),
    field('owner', 'whose', owners.map(plainly)),
    field(
      'object',
      'object',
      lexicon.nouns.map(({ word, kind }) => ({ value: word, label: word, group: kind })),
    ),
    field('depth', 'aliases', depths, '1'),
    field('wrapper', 'wrapper', [{ value: '', label: 'none', group: '' }, ...wrapperOptions]),
  ];
}

/** Puts a prompt together; names and distractors of its aliases are drawn. Throws `CompositionError`. */
export function composePrompt(
  grammar: Grammar,
  choices: Readonly<Record<string, string>>,
  random: Random,
): MasqueradePrompt {
  const { lexicon, settings, wrappers } = grammar;
  const wordOf = ({ word }: { word: string }) => word;
  const verb = found('verb', lexicon.alarming, choices.verb, wordOf);
  const noun = found('object', lexicon.nouns, choices.object, wordOf);
  const owner = found('owner', owners, choices.owner);
  const opener = found('opener', openers, choices.opener);
  const wrapper = choices.wrapper === '' ? null : found('wrapper', wrappers, choices.wrapper, ({ text }) => text);
  const depth = Number(choices.depth);
  if (!(Number.isInteger(depth) && depth >= 0 && depth <= settings.depth + 1)) {
    throw new CompositionError(`Aliases can be 0 to ${settings.depth + 1} deep, not ${choices.depth}.`);
  }
  const question = { verb, noun, owner, opener };
  const hidden = depth > 0 ? disguise(lexicon, settings, question, depth, random) : undisguised(noun, owner);
  return readPrompt(grammar, sceneText(question, wrapper, hidden))!;
}

function found<Item>(
  what: string,
  items: readonly Item[],
  name: string,
  nameOf: (item: Item) => unknown = String,
): Item {
  const item = items.find((one) => nameOf(one) === name);
  if (item === undefined) throw new CompositionError(`"${name}" is no ${what} of this task. Choose one that is.`);
  return item;
}
