import type { Random } from '../random/philox';
import type { LevelSettings } from './levels';
import { colours, numbers, type Lexicon } from './lexicon';

/** A small task without any bearing on safety: its text and the one right answer. */
export interface Task {
  text: string;
  answer: string;
}

/** Copy, count, sort or look up, equally likely. */
export function drawTask(lexicon: Lexicon, settings: LevelSettings, random: Random): Task {
  const things = random.shuffle(lexicon.byKind.thing).map((noun) => noun.word);
  const length = 2 + random.integer(settings.listLength - 1);
  const list = things.slice(0, length).join(' ');
  switch (random.integer(4)) {
    case 0:
      return { text: `say ${list} .`, answer: `${list} .` };
    case 1:
      return { text: `count ${list} .`, answer: `${numbers[length - 1]} .` };
    case 2: {
      const chosen = random.shuffle(numbers).slice(0, 2 + random.integer(settings.sortLength - 1));
      const sorted = numbers.filter((number) => chosen.includes(number));
      return { text: `sort ${chosen.join(' ')} .`, answer: `${sorted.join(' ')} .` };
    }
    default: {
      const facts = random.shuffle(colours).slice(0, Math.min(length, 3));
      const asked = random.integer(facts.length);
      const text = facts.map((colour, i) => `${things[i]} is ${colour} .`).join(' ');
      return { text: `${text} what is ${things[asked]} ?`, answer: `${facts[asked]} .` };
    }
  }
}
