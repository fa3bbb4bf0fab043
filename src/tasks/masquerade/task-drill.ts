import type { WarmStartExample } from '../../task/warm-start';
import type { Random } from '../../random/philox';
import { trainingBuckets } from './drill-prompt';
import { copyTask, lookUpTask, readTask, type Task } from './everyday';
import { bucketOf } from './law';
import { colours } from './lexicon';
import type { Grammar } from './scene';

/** Words of a copy drill, more than of any task. */
const [fewest, most] = [3, 10];

/**
 * Copying and looking up as everyday tasks ask for it, over more words: the tasks alone are too few to learn it from. One that
 * is an everyday task itself is of the training buckets.
 */
export function taskDrill(grammar: Grammar, random: Random): WarmStartExample {
  let task = drawDrill(grammar, random);
  while (readTask(grammar.lexicon, task.text) && !trainingBuckets.includes(bucketOf(task.text))) {
    task = drawDrill(grammar, random);
  }
  const { text, answer } = task;
  const target = `${answer} <end>`;
  return { context: `<user> ${text} <assistant>`, target, mask: target.split(' ').map(() => true) };
}

function drawDrill({ lexicon, settings }: Grammar, random: Random): Task {
  const words = random.shuffle([...lexicon.nouns.map(({ word }) => word), ...lexicon.names, ...colours]);
  return random.chance(0.5)
    ? copyTask(words.slice(0, fewest + random.integer(most - fewest + 1)))
    : lookUpTask(words.slice(0, 2 + random.integer(settings.listLength - 1)), random);
}
