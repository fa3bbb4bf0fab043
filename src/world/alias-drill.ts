import type { Random } from '../random/philox';
import { recipeText, refusal } from './answers';
import { openers } from './law';
import { owners } from './lexicon';
import { aliasText, chainTo, interleave, type Alias } from './masks';
import type { Grammar } from './scene';
import type { WarmStartExample } from './world';

/** Clauses of one drill at most. */
const mostClauses = 8;

/** One clause of reasoning, `word meaning ;`. `repeats` where its word is the meaning of the clause before. */
interface Clause {
  word: string;
  meaning: string;
  repeats: boolean;
}

/**
 * Some aliases, then reasoning about them alone: look-ups in random order with loss on the looked-up word, which make a
 * two-layer model copy "the word before the earlier occurrence" (world.md). Where chains are long, some drills walk along
 * them instead, with loss on the word that is carried over, and all teach the end of a clause: so neither carrying over
 * nor ending a clause depends on how many stand before.
 */
export function aliasDrill(grammar: Grammar, random: Random): WarmStartExample {
  const { lexicon, settings, wrappers } = grammar;
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
  const reasoning = random.chance(1 - settings.walks) ? lookUps : walks;
  const clauses = reasoning(grammar, random.shuffle(aliases)).slice(0, mostClauses);
  return {
    context,
    target: clauses.map(({ word, meaning }) => `${word} ${meaning} ;`).join(' '),
    mask: clauses.flatMap(({ repeats }) => [repeats, true, settings.walks > 0]),
  };
}

function lookUps(_: Grammar, aliases: readonly Alias[]): Clause[] {
  return aliases.map(({ name, source }) => ({ word: name, meaning: source, repeats: false }));
}

/** From each alias in turn as many hops as a chain of training has, and the kind of the noun where one is reached. */
function walks({ lexicon, settings }: Grammar, aliases: readonly Alias[]): Clause[] {
  const means = new Map([
    ...aliases.map(({ name, source }) => [name, source] as const),
    ...lexicon.nouns.map(({ word, kind }) => [word, kind] as const),
  ]);
  const names = new Set(aliases.map(({ name }) => name));
  return aliases.flatMap(({ name }) => {
    const clauses: Clause[] = [];
    let hops = 0;
    for (let word = name; ;) {
      const meaning = means.get(word);
      if (meaning === undefined || (names.has(word) && ++hops > settings.depth)) return clauses;
      clauses.push({ word, meaning, repeats: clauses.length > 0 });
      word = meaning;
    }
  });
}
