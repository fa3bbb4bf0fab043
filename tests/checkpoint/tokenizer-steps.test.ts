import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkSteps } from '../../src/checkpoint/tokenizer-steps';

/** What is said against a tokenizer's steps, or null. */
function objection(tokenizer: Record<string, unknown>): string | null {
  const start = performance.now();
  try {
    checkSteps(tokenizer, (what) => {
      throw new Error(what);
    });
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    expect(performance.now() - start).toBeLessThan(5000);
  }
}

const times = <T>(count: number, one: T): T[] => new Array<T>(count).fill(one);
const replace = (from: string, to: string) => ({ type: 'Replace', pattern: { String: from }, content: to });
const doubling = replace('l', 'll');

describe('steps of real tokenizers', () => {
  it.each([
    [
      "Llama 2's",
      {
        normalizer: {
          type: 'Sequence',
          normalizers: [{ type: 'Prepend', prepend: '▁' }, { ...replace(' ', '▁') }],
        },
        post_processor: {
          type: 'TemplateProcessing',
          single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
          pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
        },
        decoder: {
          type: 'Sequence',
          decoders: [
            replace('▁', ' '),
            ...[{ type: 'ByteFallback' }, { type: 'Fuse' }, { type: 'Strip', content: ' ', start: 1, stop: 0 }],
          ],
        },
      },
    ],
    [
      "T5's and ALBERT's",
      {
        normalizer: {
          type: 'Sequence',
          normalizers: [
            ...[replace('``', '"'), replace("''", '"'), { type: 'NFKD' }, { type: 'StripAccents' }],
            ...[{ type: 'Lowercase' }, { type: 'Precompiled', precompiled_charsmap: '' }],
            { type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' },
          ],
        },
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Metaspace', replacement: '▁', add_prefix_space: true }],
        },
        decoder: { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
      },
    ],
    [
      "Qwen2's",
      {
        normalizer: { type: 'NFC' },
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: [
            { type: 'Split', pattern: { Regex: '\\p{N}| ?[^\\s\\p{L}\\p{N}]+' }, behavior: 'Isolated' },
            { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
          ],
        },
        post_processor: { type: 'ByteLevel' },
        decoder: { type: 'ByteLevel' },
      },
    ],
    [
      "BERT's",
      {
        normalizer: { type: 'BertNormalizer', lowercase: true },
        pre_tokenizer: { type: 'BertPreTokenizer' },
        post_processor: { type: 'BertProcessing', sep: ['[SEP]', 102], cls: ['[CLS]', 101] },
        decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
        model: { type: 'WordPiece', max_input_chars_per_word: 100 },
      },
    ],
  ])('%s', (_, tokenizer) => {
    expect(objection(tokenizer)).toBeNull();
  });
});

const sequence = (key: string, steps: unknown[]) => ({ type: 'Sequence', [key]: steps });
const both = [{ Sequence: { id: 'A' } }, { Sequence: { id: 'A' } }];

describe('steps that are refused', () => {
  it.each([
    ['doubling in the normalizer', { normalizer: sequence('normalizers', times(26, doubling)) }],
    ['doubling in the pre-tokenizer', { pre_tokenizer: sequence('pretokenizers', times(26, doubling)) }],
    ['doubling in the decoder', { decoder: sequence('decoders', times(26, doubling)) }],
    [
      'doubling a little everywhere',
      Object.fromEntries(
        [...['normalizers', 'pretokenizers', 'decoders']].map((key, i) => [
          ['normalizer', 'pre_tokenizer', 'decoder'][i],
          sequence(key, times(6, doubling)),
        ]),
      ),
    ],
    [
      'a text twice in the post-processor',
      { post_processor: sequence('processors', times(26, { type: 'TemplateProcessing', single: both })) },
    ],
    [
      'letters of bytes of letters',
      { pre_tokenizer: sequence('pretokenizers', times(26, { type: 'ByteLevel', use_regex: false })) },
    ],
    [
      'cuts that keep what is cut, in every group',
      {
        pre_tokenizer: sequence(
          'pretokenizers',
          times(26, { type: 'Split', pattern: { Regex: '((.))' }, behavior: 'Removed' }),
        ),
      },
    ],
    [
      'a form that widens and one that narrows',
      { normalizer: sequence('normalizers', times(9, [{ type: 'NFKC' }, replace('a', '\ufdfa')]).flat()) },
    ],
    ['a decoder that looks for nothing', { decoder: sequence('decoders', times(26, { type: 'BPEDecoder' })) }],
    ['a long text for a space', { pre_tokenizer: { type: 'Metaspace', replacement: ' '.repeat(5000) } }],
    ['a long text before all', { normalizer: { type: 'Prepend', prepend: ' '.repeat(2e6) } }],
  ])('%s', (_, tokenizer) => {
    expect(objection(tokenizer)).toMatch(/would make more than/);
  });

  it('too many of them', () => {
    expect(objection({ normalizer: sequence('normalizers', times(1e5, { type: 'NFC' })) })).toMatch(/more than 100/);
  });

  it('a replacement that is no plain text to JavaScript', () => {
    for (const content of ["$'", '$`', '$&', '$1', '$$', '$<a>']) {
      expect(objection({ normalizer: replace('a', content) })).toMatch(/two ways/);
    }
    expect(objection({ normalizer: replace('a', 'US$ 5') })).toBeNull();
  });

  it('words that are looked for at any length', () => {
    expect(objection({ model: { type: 'WordPiece', max_input_chars_per_word: 1e9 } })).toMatch(/1000 are the most/);
  });

  const bad = { Regex: '(.|.|.|.|.|.){13}Z' };
  it.each([
    ['Split', { pre_tokenizer: sequence('pretokenizers', [{ type: 'Split', pattern: bad }]) }],
    ['Replace in the normalizer', { normalizer: { type: 'Replace', pattern: bad, content: '' } }],
    ['Replace in the pre-tokenizer', { pre_tokenizer: { type: 'Replace', pattern: bad, content: '' } }],
    ['Replace in a decoder', { decoder: sequence('decoders', [{ type: 'Replace', pattern: bad, content: '' }]) }],
    ['a step within steps', { post_processor: sequence('processors', [sequence('processors', [{ pattern: bad }])]) }],
  ])('an exploding pattern in %s', (_, tokenizer) => {
    expect(objection(tokenizer)).toMatch(/may take forever/);
  });
});

const cases = new URL('../../../shared/cases/tokenizer/', import.meta.url);
const there = (() => {
  try {
    return readdirSync(cases);
  } catch {
    return [];
  }
})();

describe.skipIf(there.length === 0)('small tokenizers that once hung', () => {
  it.each(there)('%s', (name) => {
    const tokenizer = JSON.parse(readFileSync(new URL(name, cases), 'utf8')) as Record<string, unknown>;
    const found = objection(tokenizer);
    if (/^(?:regex-|doubling-)/.test(name)) expect(found).toMatch(/may take forever|would make more than/);
    else expect(found).toBeNull();
  });
});
