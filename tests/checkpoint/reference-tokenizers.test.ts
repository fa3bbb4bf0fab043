import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { GuestTokenizer, GuestTokenizerError } from '../../src/checkpoint/guest-tokenizer';
import { caseJson, casesAreHere } from '../reference/shared';

type Expected = Record<string, { tokenizer: Record<string, unknown>; texts: [string, number[], number[]][] }>;
const { 'single-word': alone, ...others } = JSON.parse(
  readFileSync(new URL('../reference/tokenizers.json', import.meta.url), 'utf8'),
) as Expected;

const open = (tokenizer: Record<string, unknown>) =>
  new GuestTokenizer({ tokenizer, tokenizerConfig: {}, config: { vocab_size: 1000 } });

describe('ids of Python’s tokenizers', () => {
  it('are refused where a token is one only where it stands alone', () => {
    expect(() => open(alone.tokenizer)).toThrow(GuestTokenizerError);
    expect(() => open(alone.tokenizer)).toThrow(/"<new>" is one only where it stands alone \(single_word\)/);
  });

  it.each(Object.entries(others))('%s', (_, { tokenizer, texts }) => {
    const ours = open(tokenizer);
    for (const [text, whole, bare] of texts) {
      expect(ours.encode(text), JSON.stringify(text)).toEqual(whole);
      expect(ours.encode(text, { special: false }), JSON.stringify(text)).toEqual(bare);
    }
  });
});

describe.skipIf(!casesAreHere)('the cases on file', () => {
  const { tokenizer: answers } = casesAreHere
    ? (caseJson('expected.json') as { tokenizer: Record<string, { text: string; ids: number[] }> })
    : { tokenizer: {} };
  it.each(Object.entries(answers))('%s', (name, { text, ids }) => {
    expect(open(caseJson(`tokenizer/${name}.json`)).encode(text)).toEqual(ids);
  });
});
