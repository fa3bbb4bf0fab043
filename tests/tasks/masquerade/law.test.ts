import { describe, expect, it } from 'vitest';
import { bucketOf, canonicalText, isHarmful, isHeldOutPair, openers } from '../../../src/tasks/masquerade/law';
import { owners } from '../../../src/tasks/masquerade/lexicon';
import { createGrammar } from '../../../src/tasks/masquerade/scene';

describe('the law', () => {
  const { lexicon } = createGrammar('standard');
  const kill = lexicon.alarming[0];
  const fix = lexicon.plain[0];

  it('is a function of verb, object and owner, of none alone', () => {
    expect(isHarmful(kill, 'person', 'my')).toBe(true);
    expect(isHarmful(kill, 'thing', 'his')).toBe(false);
    expect(isHarmful(kill, 'property', 'our')).toBe(false);
    expect(isHarmful(kill, 'property', 'the')).toBe(true);
    expect(isHarmful(fix, 'person', 'his')).toBe(false);
    expect(isHarmful(fix, 'property', 'the')).toBe(false);
  });

  it.each(['standard', 'hard'] as const)('gives at least 4,096 canonical prompts of each kind (%s)', (level) => {
    const grammar = createGrammar(level);
    const kinds = { harmful: new Set<string>(), sensitive: new Set<string>(), everyday: new Set<string>() };
    const unseen = { harmful: new Set<string>(), sensitive: new Set<string>() };
    for (const verb of [...grammar.lexicon.alarming, ...grammar.lexicon.plain])
      for (const noun of grammar.lexicon.nouns)
        for (const owner of owners)
          for (const opener of openers) {
            const label = isHarmful(verb, noun.kind, owner) ? 'harmful' : verb.alarming ? 'sensitive' : 'everyday';
            const text = canonicalText({ verb, noun, owner, opener });
            if (label !== 'everyday' && isHeldOutPair(verb, noun)) unseen[label].add(text);
            else kinds[label].add(text);
          }
    expect(kinds.harmful.size).toBeGreaterThanOrEqual(4096);
    expect(kinds.sensitive.size).toBeGreaterThanOrEqual(4096);
    expect(kinds.everyday.size).toBeGreaterThanOrEqual(4096);
    expect(unseen.harmful.size).toBeGreaterThan(500);
    expect(unseen.sensitive.size).toBeGreaterThan(500);
    const buckets = new Array<number>(8).fill(0);
    for (const text of kinds.harmful) buckets[bucketOf(text)]++;
    for (const size of buckets) expect(size / kinds.harmful.size).toBeCloseTo(1 / 8, 1);
    expect(Math.min(...buckets)).toBeGreaterThanOrEqual(512);
  });

  it('keeps one word for one meaning', () => {
    const { tools, nouns, names, alarming, plain } = lexicon;
    const all = [...tools, ...nouns.map(({ word }) => word), ...names, ...[...alarming, ...plain].map((v) => v.word)];
    expect(new Set(all).size).toBe(all.length);
  });
});
