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

/** Each thing directly follows what is said of it, as an alias does: that decides whether it can be learned. */
export function lookUpTask(facts: readonly string[], things: readonly string[], asked: number): Task {
  const text = facts.map((fact, i) => `${fact} ${things[i]} .`).join(' ');
  return { text: `${text} what is ${things[asked]} ?`, answer: `${facts[asked]} .` };
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
      return lookUpTask(facts, things, random.integer(facts.length));
    }
  }
}
