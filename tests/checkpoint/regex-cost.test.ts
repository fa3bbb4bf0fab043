import { expect, it } from 'vitest';
import { mayExplode } from '../../src/checkpoint/regex-cost';

it.each([
  ["GPT-2's", "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"],
  [
    "Llama 3's",
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  ],
  ["GPT-4's, possessive", '[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s++$'],
  ['a bracket in a class', '[()+*]+|\\(+\\)+'],
])('lets %s pattern be', (_, pattern) => {
  expect(mayExplode(pattern)).toBe(false);
});

it.each([
  ...['(a+)+', '(a*)*b', '((a|b)+c)*', '(?:x+y?)+', '(a+){2,}', '(.*)+', '.*'.repeat(20)],
  ...['(a|a)*b', '(?:.|.|.|.)+\\u0001', '(?:x?x?)+y', '(?:aa?)+b', '(\\w|\\w\\w)*!!', '((?:a|b)c)+', '(a{1,2}a)+'],
])('suspects %s', (pattern) => {
  expect(mayExplode(pattern)).toBe(true);
});
