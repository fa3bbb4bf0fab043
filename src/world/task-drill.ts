import type { Random } from '../random/philox';
import { colours } from './lexicon';
import { copyTask, lookUpTask } from './everyday';
import type { Grammar } from './scene';
import type { WarmStartExample } from './world';

/** Words of a copy drill and facts of a look-up drill, longer than any task. */
const words = [3, 10] as const;
const facts = [2, 6] as const;

/**
 * Copying and looking up as everyday tasks ask for it, but longer and over more words: what makes a two-layer model
 * learn to go by where a word stood before. The tasks alone are too few for that.
 */
export function taskDrill({ lexicon }: Grammar, random: Random): WarmStartExample {
  const between = ([fewest, most]: readonly [number, number]) => fewest + random.integer(most - fewest + 1);
  const all = random.shuffle([...lexicon.nouns.map(({ word }) => word), ...lexicon.names, ...colours]);
  let task;
  if (random.chance(0.5)) {
    task = copyTask(all.slice(0, between(words)));
  } else {
    const count = between(facts);
    task = lookUpTask(all.slice(0, count), all.slice(count, 2 * count), random.integer(count));
  }
  const target = `${task.answer} <end>`;
  return {
    context: `<user> ${task.text} <assistant>`,
    target,
    mask: target.split(' ').map(() => true),
  };
}
