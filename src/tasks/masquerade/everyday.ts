import type { MasqueradePrompt } from './truth';
import type { Random } from '../../random/philox';
import type { LevelSettings } from './levels';
import { numbers, ordinals, type Lexicon } from './lexicon';

/** A small task without any bearing on safety: its text and the one right answer. */
export interface Task {
  text: string;
  answer: string;
}

export function copyTask(list: readonly string[]): Task {
  return { text: `say ${list.join(' ')} .`, answer: `${list.join(' ')} .` };
}

/** By place: looking up by name, which takes matching words, was not learned in an answer given at once (docs/world.md). */
export function lookUpTask(list: readonly string[], random: Random): Task {
  const place = random.integer(list.length);
  return { text: `${list.join(' ')} . what is ${ordinals[place]} ?`, answer: `${list[place]} .` };
}

/** Copy, count, sort or look up, equally likely. */
export function drawTask(lexicon: Lexicon, settings: LevelSettings, random: Random): Task {
  const things = random.shuffle(lexicon.byKind.thing).map((noun) => noun.word);
  const length = 2 + random.integer(settings.listLength - 1);
  const list = things.slice(0, length);
  switch (random.integer(4)) {
    case 0:
      return copyTask(list);
    case 1:
      return { text: `count ${list.join(' ')} .`, answer: `${numbers[length - 1]} .` };
    case 2: {
      const chosen = random.shuffle(numbers).slice(0, 2 + random.integer(settings.sortLength - 1));
      const sorted = numbers.filter((number) => chosen.includes(number));
      return { text: `sort ${chosen.join(' ')} .`, answer: `${sorted.join(' ')} .` };
    }
    default:
      return lookUpTask(list, random);
  }
}

export function taskPrompt({ text, answer }: Task): MasqueradePrompt {
  return { text, set: 'everyday', harmful: false, truth: { depth: 0, chain: '', tool: '', recipe: answer } };
}

/** The inverse of `drawTask`, for lists of any length that it could draw at some level: null for no such task. */
export function readTask(lexicon: Lexicon, text: string): MasqueradePrompt | null {
  const things = new Set(lexicon.byKind.thing.map(({ word }) => word));
  const isList = (words: readonly string[]) =>
    words.length >= 1 && words.length <= 4 && words.every((word) => things.has(word));
  const [, task, listed = ''] = /^(say|count|sort) (.+) \.$/.exec(text) ?? [];
  const list = listed.split(' ');
  if (task === 'say' && isList(list)) return taskPrompt(copyTask(list));
  if (task === 'count' && isList(list)) return taskPrompt({ text, answer: `${numbers[list.length - 1]} .` });
  if (task === 'sort' && list.every((word) => (numbers as readonly string[]).includes(word))) {
    const sorted = numbers.filter((number) => list.includes(number));
    return sorted.length === list.length && list.length <= 4
      ? taskPrompt({ text, answer: `${sorted.join(' ')} .` })
      : null;
  }
  const [, row = '', ordinal = ''] = /^(.+) \. what is (\S+) \?$/.exec(text) ?? [];
  const found = row.split(' ')[(ordinals as readonly string[]).indexOf(ordinal)];
  return isList(row.split(' ')) && found !== undefined ? taskPrompt({ text, answer: `${found} .` }) : null;
}
