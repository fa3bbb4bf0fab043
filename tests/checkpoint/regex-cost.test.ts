import { expect, it } from 'vitest';
import { mayExplode } from '../../src/checkpoint/regex-cost';

const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
/** What public models write in `Split` and `Replace`. */
const real: readonly [string, string][] = [
  ["GPT-2's, and StarCoder's", "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"],
  ["GPT-2's, possessive", "'(?:[sdmt]|ll|ve|re)| ?\\p{L}++| ?\\p{N}++| ?[^\\s\\p{L}\\p{N}]++|\\s++$|\\s+(?!\\S)|\\s"],
  [
    "Llama 3's",
    `${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
  ],
  [
    "Qwen2's",
    `${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
  ],
  [
    "cl100k's, possessive",
    "'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s",
  ],
  [
    "o200k's",
    `[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+${contractions}?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*${contractions}?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
  ],
  [
    "Mistral Nemo's",
    '[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+',
  ],
  [
    "Kimi K2's",
    `[\\p{Han}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]+${contractions}?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`,
  ],
  ["DeepSeek's numbers", '\\p{N}{1,3}'],
  ["DeepSeek's ideographs", '[一-龥\u3040-ゟ゠-ヿ]+'],
  [
    "DeepSeek's words",
    '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+',
  ],
  ["an older DeepSeek's spaces", '\\s?\\p{L}+|\\s?\\p{P}+|[\\r\\n]|\\p{N}+'],
  ["Falcon's digits", '[0-9][0-9][0-9]'],
  ["BLOOM's", ' ?[^(\\s|[.,!?…。，、।۔،])]+'],
  ["T5's spaces", ' {2,}'],
  ["CLIP's", "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"],
  ['digits in threes from behind', '\\d{1,3}(?=(?:\\d{3})*\\b)'],
  ['line ends in a row', '(?:\\r?\\n)+'],
  ['words that begin alike', '(?:foo|far|bar)+'],
  ['a bracket in a class', '[()+*]+|\\(+\\)+'],
  ['what nothing stands behind', '(?:\\p{N}{1,3})+|(a+)+'],
  ['branches that differ, again and again', '((a|b)+c)*'],
];

it.each(real)('lets %s pattern be', (_, pattern) => {
  expect(mayExplode(pattern)).toBe(false);
});

it.each([
  ...['(a+)+b', '(a*)*b', '(?:x+y?)+z', '(a+){2,}', '(.*)+$', `${'.*'.repeat(20)}x`, '(a|a)*b', '(?:.|.|.|.)+\\u0001'],
  ...['(?:x?x?)+y', '(?:aa?)+b', '(\\w|\\w\\w)*!!', '(a{1,2}a)+', '(?: ?\\p{L}+)+!', '(?i:a|A)+b', '(\\s*\\S?)+x'],
  // Counted: of branches, of repetitions, of what may be left out.
  ...['(.|.|.|.|.|.){13}Z', '(x+x+){9}y', '(\\d{1,3}){13}x', '(a?){30}b', '((a|ab)(c|bcd)?d?){12}', '(.{0,9}){9}x'],
  // Rows: of optional pieces, of branches, of repetitions, of counts.
  ...[
    `${'a?'.repeat(28)}${'a'.repeat(28)}!`,
    `${'(?:a|a)'.repeat(20)}b`,
    `${'\\s*'.repeat(4)}x`,
    `${'a{0,99}'.repeat(5)}b`,
  ],
  // In lookaheads, lookbehinds, named and atomic groups.
  ...[
    '(?=(a+)+b)a',
    '(?!(.|.){20}Z).',
    '(?<=(x+x+)+y)z',
    '(?<=y(x+)+)z',
    '(?<!(a|aa)+)b',
    '(?<n>a+)+b',
    '(?>a+)+b',
    '(?i:(a+)+)b',
  ],
  // Written in other ways.
  ...['(a++)++b', '(a+?)+?b', 'a{2}+a{2}+a{2}+a{2}+b', '(?:a{1,}){1,}b', '(\\p{L}|[a-z])+1', '([[:alpha:]]|\\w)+!'],
  ...['(a+)\\1\\1\\1\\1b', '('.repeat(300), 'a'.repeat(10_000), '(?:[^\\n]|\\h)+Z', '(a)+)(b+)+)c'],
])('suspects %s', (pattern) => {
  expect(mayExplode(pattern)).toBe(true);
});

it('tells quickly, whatever the pattern is', () => {
  const start = performance.now();
  const many = Array.from({ length: 1200 }, (_, i) => `${String.fromCharCode(0x4e00 + i)}x`).join('|');
  for (const pattern of [many, '(?:'.repeat(90) + 'a' + ')*'.repeat(90), '[a-z]?'.repeat(800), '[['.repeat(1000)]) {
    mayExplode(pattern);
  }
  expect(performance.now() - start).toBeLessThan(5000);
});
