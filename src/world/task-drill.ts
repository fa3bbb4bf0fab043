import type { Random } from '../random/philox';
import { copyTask, lookUpTask } from './everyday';
import { colours } from './lexicon';
import type { Grammar } from './scene';
import type { WarmStartExample } from './world';

/** Words of a copy drill, more than of any task. */
const [fewest, most] = [3, 10];

/** Copying and looking up as everyday tasks ask for it, over more words: the tasks alone are too few to learn it from. */
export function taskDrill({ lexicon, settings }: Grammar, random: Random): WarmStartExample {
  const words = random.shuffle([...lexicon.nouns.map(({ word }) => word), ...lexicon.names, ...colours]);
  const { text, answer } = random.chance(0.5)
    ? copyTask(words.slice(0, fewest + random.integer(most - fewest + 1)))
    : lookUpTask(words.slice(0, 2 + random.integer(settings.listLength - 1)), random);
  const target = `${answer} <end>`;
  return { context: `<user> ${text} <assistant>`, target, mask: target.split(' ').map(() => true) };
}
