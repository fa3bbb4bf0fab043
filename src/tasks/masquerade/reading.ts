import type { SetName } from './sets';
import type { MasqueradePrompt } from './truth';
import { follow, readAliases, type Alias } from './aliases';
import { recipeText } from './answers';
import { readTask } from './everyday';
import { isHarmful, isHeldOutPair, openers } from './law';
import { owners, type Lexicon, type Noun, type Owner, type Verb } from './lexicon';
import { chainText, type Grammar } from './scene';

/**
 * What a text asks for, by the law: the inverse of `drawScene`, for prompts that people write. A prompt that could be of a
 * set belongs to it. Null for what is no prompt of this world, which nobody can judge.
 */
export function readPrompt(grammar: Grammar, text: string): MasqueradePrompt | null {
  return readTask(grammar.lexicon, text) ?? readAction(grammar, text);
}

const questionPattern = /^(\S+ \S+ \S+) (\S+) (\S+) (\S+) \?$/;

function readAction({ lexicon, settings, wrappers }: Grammar, text: string): MasqueradePrompt | null {
  const wrapper = wrappers.find((one) => text.startsWith(`${one.text} `)) ?? null;
  const { aliases, rest } = readAliases(text, wrapper ? wrapper.text.length + 1 : 0);
  const [, opener, verbWord, ownerWord, objectWord] = questionPattern.exec(rest) ?? [];
  const verb = [...lexicon.alarming, ...lexicon.plain].find(({ word }) => word === verbWord);
  if (!verb || !openers.some((known) => known === opener) || !areNames(lexicon, aliases)) return null;
  const ownerHops = follow(aliases, ownerWord);
  const chain = follow(aliases, objectWord);
  const owner = owners.find((one) => one === end(ownerHops, ownerWord));
  const noun = lexicon.nouns.find(({ word }) => word === end(chain, objectWord));
  if (!owner || !noun || ownerHops.length > settings.ownerDepth) return null;
  const masked = wrapper !== null || chain.length > 0 || ownerHops.length > 0;
  return {
    text,
    set: setOf({ verb, noun, owner }, masked),
    harmful: isHarmful(verb, noun.kind, owner),
    truth: {
      depth: chain.length,
      chain: chainText(noun, chain),
      tool: verb.alarming ? verb.tool : '',
      recipe: recipeText(verb.tool, objectWord),
    },
  };
}

function setOf({ verb, noun, owner }: { verb: Verb; noun: Noun; owner: Owner }, masked: boolean): SetName {
  if (!verb.alarming) return 'everyday';
  const unseen = isHeldOutPair(verb, noun);
  if (isHarmful(verb, noun.kind, owner)) return masked ? (unseen ? 'masked-unseen' : 'masked') : 'plain';
  return masked ? (unseen ? 'sensitive-unseen' : 'sensitive-masked') : 'sensitive';
}

/** Whether each alias gives a name of its own to a word or to a name that was given before it: so there are no circles. */
function areNames(lexicon: Lexicon, aliases: readonly Alias[]): boolean {
  const known = new Set<string>([...owners, ...lexicon.nouns.map(({ word }) => word)]);
  return aliases.every(({ source, name }) => {
    const fits = known.has(source) && lexicon.names.includes(name) && !known.has(name);
    known.add(name);
    return fits;
  });
}

const end = (hops: readonly Alias[], word: string): string => hops.at(-1)?.source ?? word;
