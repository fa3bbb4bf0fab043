import fc from 'fast-check';
import type { Case } from './case';

const letters = Object.fromEntries(Array.from('abcdefghijklmnopqrstuvwxyz .,!?é', (letter, i) => [letter, i + 3]));
const specials = ['<unk>', '<s>', '</s>'];
const honest = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: specials.map((content, id) => ({ id, content, special: true, normalized: false, lstrip: false })),
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  model: { type: 'BPE', unk_token: '<unk>', vocab: { '<unk>': 0, '<s>': 1, '</s>': 2, ...letters }, merges: ['t h'] },
};

/** Patterns that aim at what a backtracking matcher is worst at, and honest ones by the same rules. */
const atom = fc.constantFrom(
  'a',
  'x',
  '.',
  '\\s',
  '\\p{L}',
  '[a-z]',
  '\\w',
  '[^\\s\\p{L}]',
  ' ',
  '\\d',
  '[[:alpha:]]',
  '(?i:s)',
);
const quantifier = fc.constantFrom(
  '*',
  '+',
  '?',
  '{2}',
  '{13}',
  '{1,3}',
  '{0,60}',
  '{2,}',
  '{,9}',
  '*?',
  '++',
  '{3}+',
  '',
);
const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 5, depthSize: 'large' },
    fc.tuple(atom, quantifier).map((parts) => parts.join('')),
    fc.tuple(tie('pattern'), quantifier).map(([inner, many]) => `(${inner})${many}`),
    fc.tuple(tie('pattern'), tie('pattern')).map((parts) => parts.join('')),
    fc.tuple(tie('pattern'), tie('pattern')).map((parts) => `(?:${parts.join('|')})`),
    fc
      .tuple(fc.constantFrom('(?=', '(?!', '(?<=', '(?<!', '(?>', '(?<n>', '(?i:'), tie('pattern'))
      .map(([open, inner]) => `${open}${inner})`),
    fc.tuple(tie('pattern'), fc.integer({ min: 2, max: 30 })).map(([one, count]) => one.repeat(count).slice(0, 6000)),
    fc.string({ maxLength: 12, unit: fc.constantFrom(...Array.from('()[]{}|*+?\\^$a1,-')) }),
  ),
}));
const ended = fc.tuple(pattern, fc.constantFrom('', 'Z', '$', '!', '\\1')).map((parts) => parts.join(''));

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('', 'l', 'll', ' ', '▁', '\u202e', '\ud800', '$`', "$'", '\ufdfa', '__proto__', 'a'.repeat(5000)),
);
const anyValue = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(-1, 0, 1.5, 1e9, 1e308, 2 ** 53, null, true, '', [], {}, [[]], '__proto__', [null], {
    id: 1e9,
  }),
);
const found = fc.oneof(
  ended.map((Regex) => ({ Regex })),
  anyText.map((String) => ({ String })),
  anyValue,
);
const leaf = fc.oneof(
  fc.record({ type: fc.constant('Replace'), pattern: found, content: anyText }),
  fc.record({
    type: fc.constant('Split'),
    pattern: found,
    behavior: fc.constantFrom('Removed', 'Isolated', 'MergedWithPrevious', null),
    invert: fc.boolean(),
  }),
  fc.record({ type: fc.constant('Prepend'), prepend: anyText }),
  fc.record({ type: fc.constant('Metaspace'), replacement: anyText, str_rep: anyText, prepend_scheme: anyText }),
  fc.record({ type: fc.constant('FixedLength'), length: anyValue }),
  fc.record({ type: fc.constant('BPEDecoder'), suffix: anyText }),
  fc.record({ type: fc.constant('CTC'), pad_token: anyText, word_delimiter_token: anyText, cleanup: fc.boolean() }),
  fc.record({ type: fc.constant('Strip'), content: anyText, start: anyValue, stop: anyValue }),
  fc.record({
    type: fc.constant('TemplateProcessing'),
    single: fc.array(fc.constantFrom<unknown>({ Sequence: { id: 'A' } }, { SpecialToken: { id: '<s>' } }, null, 7), {
      maxLength: 40,
    }),
  }),
  fc.record({ type: fc.constantFrom('BertProcessing', 'RobertaProcessing'), sep: anyValue, cls: anyValue }),
  fc
    .constantFrom(
      ...[
        'NFC',
        'NFKD',
        'Lowercase',
        'StripAccents',
        'BertNormalizer',
        'Precompiled',
        'ByteLevel',
        'Whitespace',
        'Digits',
      ],
      ...[
        'Punctuation',
        'WhitespaceSplit',
        'BertPreTokenizer',
        'ByteFallback',
        'Fuse',
        'WordPiece',
        'Magic',
        'constructor',
      ],
    )
    .map((type) => ({ type })),
);
const list = (key: string) => ({ type: 'Sequence', key });
const keys = {
  normalizer: 'normalizers',
  pre_tokenizer: 'pretokenizers',
  post_processor: 'processors',
  decoder: 'decoders',
};
const step = fc.constantFrom(...Object.entries(keys)).chain(([part, key]) =>
  fc
    .oneof(
      leaf,
      fc.array(leaf, { maxLength: 6 }).map((steps) => ({ type: list(key).type, [key]: steps })),
      fc
        .tuple(leaf, fc.integer({ min: 2, max: 150 }))
        .map(([one, count]) => ({ type: 'Sequence', [key]: new Array(count).fill(one) })),
      anyValue,
    )
    .map((value) => ({ [part]: value })),
);

const model = fc.oneof(
  fc.record(
    { type: fc.constantFrom('BPE', 'Unigram', 'WordPiece', 'WordLevel', null), vocab: anyValue, merges: anyValue },
    { requiredKeys: [] },
  ),
  fc.record(
    {
      unk_token: anyText,
      byte_fallback: fc.boolean(),
      ignore_merges: fc.boolean(),
      fuse_unk: fc.boolean(),
      end_of_word_suffix: anyText,
      continuing_subword_suffix: anyText,
      max_input_chars_per_word: anyValue,
      merges: fc.oneof(fc.array(fc.tuple(anyText, anyText)), fc.array(anyText), anyValue),
      unk_id: anyValue,
    },
    { requiredKeys: [] },
  ),
  fc
    .record({
      words: fc.uniqueArray(fc.string({ maxLength: 4 }), { minLength: 1, maxLength: 30 }),
      type: fc.constantFrom('Unigram', 'WordPiece', 'BPE', 'WordLevel'),
    })
    .map(({ words, type }) =>
      type === 'Unigram'
        ? { type, vocab: words.map((word, i) => [word, -i]), unk_id: 0 }
        : { type, vocab: Object.fromEntries(words.map((word, i) => [word, i + 3])), unk_token: words[0] },
    ),
);
const addedTokens = fc.oneof(
  anyValue,
  fc.array(
    fc.record({
      id: fc.oneof(fc.nat(60), anyValue),
      content: anyText,
      normalized: fc.boolean(),
      lstrip: fc.boolean(),
      rstrip: fc.boolean(),
      special: fc.boolean(),
    }),
    { maxLength: 8 },
  ),
);
const changed = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(step, { minLength: 1, maxLength: 3 })
      .map((steps) => ({ ...honest, ...(Object.assign({}, ...steps) as object) })),
  },
  { weight: 3, arbitrary: model.map((other) => ({ ...honest, model: { ...honest.model, ...other } })) },
  { weight: 1, arbitrary: addedTokens.map((added_tokens) => ({ ...honest, added_tokens })) },
);
/** Of the text itself: what is no JSON, too deep, or means two things. */
const text = fc.oneof(
  { weight: 12, arbitrary: changed.map((tokenizer) => JSON.stringify(tokenizer)) },
  {
    weight: 1,
    arbitrary: fc.tuple(changed, fc.nat()).map(([tokenizer, at]) => {
      const json = JSON.stringify(tokenizer);
      return json.slice(0, at % json.length);
    }),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('[', '{"a":', '[{"a":'), fc.integer({ min: 2, max: 3000 }))
      .map(([open, count]) =>
        JSON.stringify(honest).replace('"normalizer":null', () => `"normalizer":${open.repeat(count)}`),
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('"__proto__":{"polluted":1},', '"model":null,', '"constructor":{"prototype":{"polluted":1}},')
      .map((twice) => JSON.stringify(honest).replace('{', () => `{${twice}`)),
  },
);

export const tokenizerCases: fc.Arbitrary<Case> = fc.record({
  kind: fc.constant('tokenizer'),
  tokenizer: text,
  tokenizerConfig: fc
    .record(
      {
        additional_special_tokens: fc.oneof(fc.array(anyText), anyValue),
        remove_space: fc.boolean(),
        clean_up_tokenization_spaces: fc.boolean(),
        eos_token: anyValue,
        target_lang: anyValue,
      },
      { requiredKeys: [] },
    )
    .map((config) => JSON.stringify(config)),
  size: fc.constantFrom(64, 64, 64, 512, 10),
});
