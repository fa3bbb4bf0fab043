import type { Random } from '../../random/philox';
import { bucketOf, canonicalText, isHeldOutPair, openers, type Question } from './law';
import { owners } from './lexicon';
import { aliasText, chainTo, interleave, type Alias } from './aliases';
import type { Grammar } from './scene';

/** A question behind more aliases than any prompt has, about any of them. */
export interface DrillPrompt {
  text: string;
  aliases: Alias[];
  question: Omit<Question, 'noun'>;
  /** The alias that is asked about. */
  asked: string;
}

/** Buckets of both stages: never those of evaluation or audit. */
export const trainingBuckets: readonly number[] = [0, 1, 2, 3, 4, 5];

/** Chains are at most one deeper than in training, but what is asked about is no prompt that an evaluation holds. */
export function drawDrillPrompt(grammar: Grammar, random: Random): DrillPrompt {
  const { lexicon, settings, wrappers } = grammar;
  const [fewest, most] = settings.drill;
  const names = random.shuffle(lexicon.names).slice(0, fewest + random.integer(most - fewest + 1));
  const nouns = random.shuffle(lexicon.nouns);
  const chains: Alias[][] = [];
  while (names.length > 0) {
    const end = random.chance(settings.hiddenOwners / 4) ? random.pick(owners) : nouns[chains.length].word;
    chains.push(chainTo(end, names.splice(0, 1 + random.integer(settings.depth + 1))));
  }
  const aliases = interleave(chains, random);
  const wrapper = random.chance(0.3) ? [random.pick(wrappers.filter(({ heldOut }) => !heldOut)).text] : [];
  for (;;) {
    const verb = random.pick([...lexicon.alarming, ...lexicon.plain]);
    const [opener, owner] = [random.pick(openers), random.pick(owners)];
    const at = random.integer(chains.length);
    const noun = nouns[at];
    const trained = bucketOf(canonicalText({ opener, verb, owner, noun }));
    if (isHeldOutPair(verb, noun) || !trainingBuckets.includes(trained)) continue;
    const asked = random.pick(chains[at]).name;
    const text = [...wrapper, ...aliases.map(aliasText), `${opener} ${verb.word} ${owner} ${asked} ?`].join(' ');
    return { text, aliases, question: { opener, verb, owner }, asked };
  }
}
