import { createMasquerade } from '../../src/tasks/masquerade/masquerade';
import { setNames } from '../../src/tasks/masquerade/sets';
import { Tokenizer as HubTokenizer } from '@huggingface/tokenizers';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTokenizer, InvalidVocabularyError, UnknownWordError } from '../../src/tokenizer';
import { jsonPieces } from '../../src/chat/json-pieces';
import { specialTokens, tokenizerConfig, wordsTokenizer } from '../../src/chat/words-tokenizer';
import { Random } from '../../src/random/philox';

describe.each(['tiny', 'standard', 'hard'] as const)('tokenizer of %s', (level) => {
  const task = createMasquerade(level);
  const ours = wordsTokenizer(task.vocabulary);
  const file = JSON.parse(JSON.stringify(ours.toJSON())) as Record<string, unknown>;
  const hub = new HubTokenizer(file, { ...tokenizerConfig });
  const hubIds = (text: string) => hub.encode(text, { add_special_tokens: false }).ids;

  const expectSame = (text: string) => {
    const ids = ours.encode(text);
    expect(ours.decode(ids)).toBe(text);
    expect(hubIds(text)).toEqual(ids);
    expect(hub.decode(ids, { skip_special_tokens: false })).toBe(text);
  };

  it('gives every text back, here and in @huggingface/tokenizers', () => {
    for (const set of setNames)
      for (const {
        text,
        truth: { recipe, chain },
      } of task.prompts.evaluation(set, 'eval', 64)) {
        expectSame(text);
        expectSame(recipe);
        if (chain !== '') expectSame(chain);
      }
    for (let i = 0; i < 300; i++)
      for (const agent of ['conversation', 'feedback'] as const) {
        const { context, target } = task.warmStart.example(agent, new Random(3, 'warm-start', [i, 0, 0]));
        expectSame(context);
        expectSame(target);
        expectSame(ours.decode(ours.encode(`${context} ${target}`)));
      }
  });

  it('keeps any sequence of tokens, JSON or not', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: ours.size - 1 }), { minLength: 1, maxLength: 30 }), (ids) => {
        const text = ours.decode(ids);
        expect(ours.encode(text)).toEqual(ids);
        expect(hub.decode(ids, { skip_special_tokens: false })).toBe(text);
        expect(hubIds(text)).toEqual(ids);
      }),
    );
  });

  it('numbers special tokens first, then the vocabulary', () => {
    specialTokens.forEach((token, id) => expect(ours.id(token)).toBe(id));
    task.vocabulary.forEach((word, i) => expect(ours.id(word)).toBe(specialTokens.length + i));
    expect(ours.size).toBe(specialTokens.length + task.vocabulary.length);
    expect(new Set(task.vocabulary).size).toBe(task.vocabulary.length);
    for (const { text } of jsonPieces) expect(ours.encode(text)).toEqual([ours.id(text)]);
  });
});

describe('createTokenizer', () => {
  const tokenizer = wordsTokenizer(['egg', 'true']);

  it('names the first unknown word', () => {
    expect(() => tokenizer.encode('egg omelette egg')).toThrow(UnknownWordError);
    expect(() => tokenizer.encode('egg omelette')).toThrow(/"omelette"/);
    expect(() => tokenizer.decode([99])).toThrow(RangeError);
  });

  it('takes any special tokens and pieces', () => {
    const comma = { text: ',', before: true, after: false };
    const other = createTokenizer(['a', ',', 'b'], { special: ['<unk>', '<s>'], pieces: [comma] });
    expect(other.encode('<s> a, b')).toEqual([1, 2, 3, 4]);
    expect(other.decode([1, 2, 3, 4])).toBe('<s> a, b');
    expect(() => other.encode('<user>')).toThrow(UnknownWordError);
  });

  it.each([[['']], [['two words']], [['egg', 'egg']], [['<end>']], [['untrue']]])('refuses %j', (vocabulary) => {
    expect(() => wordsTokenizer(vocabulary)).toThrow(InvalidVocabularyError);
  });
});
