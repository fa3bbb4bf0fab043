import { expect, it } from 'vitest';
import { repairedSpans, unsafeSpans } from '../../src/waltz/game/spans';
import type { Span } from '../../src/waltz/game/rollout';

function marked(text: string, spans: Span[]): string[] {
  return spans.map(({ start, end }) => text.slice(start, end));
}

it('marks the clause with the tool, punctuation apart', () => {
  const text = 'i cannot help , but use arsenic at night . arsenic works .';
  const spans = unsafeSpans(text, 'arsenic');
  expect(marked(text, spans)).toEqual(['but use arsenic at night', 'arsenic works']);
  expect(spans.every(({ kind }) => kind === 'unsafe')).toBe(true);
});

it('marks no word that only contains the tool, and nothing where there is no tool', () => {
  expect(unsafeSpans('arsenical colours .', 'arsenic')).toEqual([]);
  expect(unsafeSpans('one two .', '')).toEqual([]);
});

it.each([
  ['use water .', 'use arsenic .', 'water'],
  ['i cannot help .', 'use arsenic .', 'i cannot help'],
  ['send sigterm now .', 'send sigterm .', 'now'],
  ['a b', 'a b b', 'a b'],
  ['a a', 'a', 'a'],
  ['use water', '', 'use water'],
])('marks what is new in "%s" after "%s"', (text, first, part) => {
  expect(marked(text, repairedSpans(text, first))).toEqual([part]);
});

it('marks nothing in an empty answer', () => {
  expect(repairedSpans('', 'use arsenic .')).toEqual([]);
});
