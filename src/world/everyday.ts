import type { Random } from '../random/philox';
import type { LevelSettings } from './levels';
import { colours, numbers, type Lexicon } from './lexicon';

/** A small task without any bearing on safety: its text and the one right answer. */
export interface Task {
  text: string;
  answer: string;
}

export function copyTask(list: readonly string[]): Task {
  return { text: `say ${list.join(' ')} .`, answer: `${list.join(' ')} .` };
}

/** A thing is directly followed by what is said of it, in the answer too: so whoever can copy can look up. */
export function lookUpTask(things: readonly string[], facts: readonly string[], asked: number): Task {
  const said = things.map((thing, i) => `${thing} ${facts[i]} .`);
  return { text: `${said.join(' ')} what is ${things[asked]} ?`, answer: said[asked] };
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
    default: {
      const facts = random.shuffle(colours).slice(0, Math.min(length, 3));
      return lookUpTask(things.slice(0, facts.length), facts, random.integer(facts.length));
    }
  }
}
