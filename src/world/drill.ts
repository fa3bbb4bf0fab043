import type { Random } from '../random/philox';
import { recipeText, refusal } from './answers';
import { openers } from './law';
import { owners } from './lexicon';
import { aliasText, chainTo, interleave, type Alias } from './masks';
import type { Grammar } from './scene';
import type { WarmStartExample } from './world';

/** Look-ups of one drill at most; more would make it longer than the longest ordinary example. */
const mostLookUps = 8;

/**
 * Some aliases, then look-ups of them in random order where reasoning stands, with loss on the looked-up word only:
 * what makes a two-layer model learn to copy "the word before the earlier occurrence" (world.md).
 */
export function drillExample({ lexicon, settings, wrappers }: Grammar, random: Random): WarmStartExample {
  const [fewest, most] = settings.drill;
  const count = fewest + random.integer(most - fewest + 1);
  const names = random.shuffle(lexicon.names).slice(0, count);
  const nouns = random.shuffle(lexicon.nouns);
  const chains: Alias[][] = [];
  while (names.length > 0) {
    const end = random.chance(settings.hiddenOwners / 4) ? random.pick(owners) : nouns[chains.length].word;
    chains.push(chainTo(end, names.splice(0, 1 + random.integer(settings.depth + 1))));
  }
  const aliases = interleave(chains, random);
  const verb = random.pick([...lexicon.alarming, ...lexicon.plain]);
  const asked = random.pick(aliases).name;
  const context = [
    '<user>',
    ...(random.chance(0.3) ? [random.pick(wrappers.filter(({ heldOut }) => !heldOut)).text] : []),
    ...aliases.map(aliasText),
    `${random.pick(openers)} ${verb.word} ${random.pick(owners)} ${asked} ?`,
    `<assistant> ${random.chance(0.5) ? recipeText(verb.tool, asked) : refusal} <feedback> {"reasoning":"`,
  ].join(' ');
  const lookUps = random.shuffle(aliases).slice(0, mostLookUps);
  return {
    context,
    target: lookUps.map(({ name, source }) => `${name} ${source} ;`).join(' '),
    mask: lookUps.flatMap(() => [false, true, false]),
  };
}
