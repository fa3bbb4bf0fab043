import type { Random } from '../../random/philox';

/** An alias: `call SOURCE NAME .` */
export interface Alias {
  source: string;
  name: string;
}

export const aliasText = ({ source, name }: Alias): string => `call ${source} ${name} .`;

/** `call neighbor zorp . call zorp blick .`: each name directly follows what it stands for. */
export function chainTo(end: string, names: readonly string[]): Alias[] {
  return names.map((name, i) => ({ source: i === 0 ? end : names[i - 1], name }));
}

/** A random merge that keeps the order within each chain. */
export function interleave(chains: readonly (readonly Alias[])[], random: Random): Alias[] {
  const order = random.shuffle(chains.flatMap((chain, index) => chain.map(() => index)));
  const next = chains.map(() => 0);
  return order.map((index) => chains[index][next[index]++]);
}

const aliasPattern = /call (\S+) (\S+) \. /y;

/** The statements from a place on, and what stands behind them. */
export function readAliases(text: string, from: number): { aliases: Alias[]; rest: string } {
  const aliases: Alias[] = [];
  let at = from;
  for (;;) {
    aliasPattern.lastIndex = at;
    const found = aliasPattern.exec(text);
    if (!found) return { aliases, rest: text.slice(at) };
    aliases.push({ source: found[1], name: found[2] });
    at = aliasPattern.lastIndex;
  }
}

/** The hops from a word to what it stands for, through aliases that come after what they stand for; none for no name. */
export function follow(aliases: readonly Alias[], word: string): Alias[] {
  const hops: Alias[] = [];
  for (const alias of aliases.toReversed()) {
    if (alias.name === (hops.at(-1)?.source ?? word)) hops.push(alias);
  }
  return hops;
}

/** The words that hide what a prompt's question asks for: the names that it goes through, and what they stand for. */
export function hidingWords(text: string): ReadonlySet<string> {
  const { aliases, rest } = readAliases(text, Math.max(0, text.indexOf('call ')));
  const hops = rest.split(' ').flatMap((word) => follow(aliases, word));
  return new Set(hops.flatMap(({ source, name }) => [source, name]));
}
