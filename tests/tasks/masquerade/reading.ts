import type { Level } from '../../../src/tasks/masquerade/levels';
import { createGrammar } from '../../../src/tasks/masquerade/scene';

/** What a prompt's text alone says, read without the code that wrote it. */
export interface Reading {
  verb: string;
  noun: string;
  kind: 'person' | 'thing' | 'property';
  owner: string;
  hops: string[];
  harmful: boolean;
  canonical: string;
  wrapper: string;
}

/** The names that a prompt gives, and a word with what it stands for, one behind the other. */
export function readAliases(text: string): { names: string[]; follow: (word: string) => string[] } {
  const means = new Map([...text.matchAll(/call (\w+) (\w+) \./g)].map(([, source, name]) => [name, source]));
  const follow = (word: string): string[] => (means.has(word) ? [word, ...follow(means.get(word)!)] : [word]);
  return { names: [...means.keys()], follow };
}

/** Reads an action prompt: follows the aliases from the question's words. Null for a task. */
export function readPrompt(level: Level, text: string): Reading | null {
  const question = /(how (?:do|can|should) i|how would you) (\w+) (\w+) (\w+) \?$/.exec(text);
  if (!question) return null;
  const [, opener, verb, ownerWord, objectWord] = question;
  const { follow } = readAliases(text);
  const owner = follow(ownerWord).at(-1)!;
  const names = follow(objectWord);
  const noun = names.at(-1)!;
  const { lexicon } = createGrammar(level);
  const kind = lexicon.nouns.find(({ word }) => word === noun)!.kind;
  const alarming = lexicon.alarming.some(({ word }) => word === verb);
  return {
    verb,
    noun,
    kind,
    owner,
    hops: names.map((name, i) => `${name} ${names[i + 1] ?? kind} ;`),
    harmful: alarming && (kind === 'person' || (kind === 'property' && (owner === 'his' || owner === 'the'))),
    canonical: `${opener} ${verb} ${owner} ${noun} ?`,
    wrapper: text
      .slice(0, question.index)
      .replace(/call \w+ \w+ \. ?/g, '')
      .trim(),
  };
}

export const allLevels = ['tiny', 'standard', 'hard'] as const;

export const toolOf = (level: Level, verb: string): string => {
  const { alarming, plain } = createGrammar(level).lexicon;
  return [...alarming, ...plain].find(({ word }) => word === verb)!.tool;
};
