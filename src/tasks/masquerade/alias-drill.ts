import type { WarmStartExample } from '../../task/warm-start';
import type { Random } from '../../random/philox';
import { recipeText, refusal } from './answers';
import { drawDrillPrompt, type DrillPrompt } from './drill-prompt';
import { isOwn } from './lexicon';
import type { Alias } from './aliases';
import type { Grammar } from './scene';

/** Clauses of one drill at most, its closing apart. */
const mostClauses = 8;

/** One clause of reasoning, `word meaning ;`, and which of its words carry loss. */
interface Clause {
  word: string;
  meaning: string;
  learned: readonly [word: boolean, meaning: boolean, end: boolean];
}

/**
 * Some aliases, then reasoning about them alone: look-ups in random order with loss on the looked-up word, which make a
 * two-layer model copy "the word before the earlier occurrence" (world.md). Where chains are long, some drills walk along
 * them instead, with loss on the word that is carried over, and close as reasoning does once it has named a thing's kind;
 * and all teach the end of a clause. So neither carrying over, nor ending a clause, nor closing depends on how many stand
 * before.
 */
export function aliasDrill(grammar: Grammar, random: Random): WarmStartExample {
  const { settings } = grammar;
  const prompt = drawDrillPrompt(grammar, random);
  const { text, question, asked, aliases } = prompt;
  const helped = random.chance(0.5);
  const answer = helped ? recipeText(question.verb.tool, asked) : refusal;
  const shuffled = random.shuffle(aliases);
  const clauses = random.chance(1 - settings.walks)
    ? lookUps(grammar, shuffled).slice(0, mostClauses)
    : closed(grammar, walks(grammar, shuffled).slice(0, mostClauses), prompt, helped);
  return {
    context: `<user> ${text} <assistant> ${answer} <feedback> {"reasoning":"`,
    target: clauses.map(({ word, meaning }) => `${word} ${meaning} ;`).join(' '),
    mask: clauses.flatMap(({ learned }) => learned),
  };
}

function lookUps({ settings }: Grammar, aliases: readonly Alias[]): Clause[] {
  return aliases.map(({ name, source }) => ({
    ...{ word: name, meaning: source, learned: [false, true, settings.walks > 0] },
  }));
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
      clauses.push({ word, meaning, learned: [clauses.length > 0, true, true] });
      word = meaning;
    }
  });
}

/**
 * The same up to the last kind that it names, then what reasoning goes on with: the verb, the owner where it decides, what
 * the answer did. The verdict is left to ordinary examples.
 */
function closed(
  { lexicon, settings }: Grammar,
  clauses: readonly Clause[],
  { question: { verb, owner } }: DrillPrompt,
  helped: boolean,
): Clause[] {
  const kinds = new Map(lexicon.nouns.map(({ word, kind }) => [word, kind]));
  const last = clauses.findLastIndex(({ word }) => kinds.has(word));
  if (last < 0) return [...clauses];
  const closing: Clause[] = [];
  if (settings.fullReasoning) {
    const learned = [true, true, true] as const;
    closing.push({ word: verb.word, meaning: verb.alarming ? 'alarming' : 'harmless', learned });
    if (kinds.get(clauses[last].word) === 'property') {
      closing.push({ word: owner, meaning: isOwn(owner) ? 'own' : 'other', learned });
    }
  }
  const act = helped ? 'helped' : 'refused';
  return [...clauses.slice(0, last + 1), ...closing, { word: act, meaning: 'fine', learned: [true, false, false] }];
}
