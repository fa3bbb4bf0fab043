import { expect, it } from 'vitest';
import { repairedSpans } from '../../src/waltz/game/spans';
import type { Span } from '../../src/waltz/game/rollout';

function marked(text: string, spans: Span[]): string[] {
  return spans.map(({ start, end }) => text.slice(start, end));
}

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
