import type { Random } from '../random/philox';
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
