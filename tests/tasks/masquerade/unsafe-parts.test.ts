import { expect, it } from 'vitest';
import { partsWith } from '../../../src/tasks/masquerade/unsafe-parts';

it('marks the clauses with the tool, punctuation apart', () => {
  const text = 'i cannot help , but use arsenic at night . arsenic works .';
  const marked = partsWith(text, 'arsenic').map(({ start, end }) => text.slice(start, end));
  expect(marked).toEqual(['but use arsenic at night', 'arsenic works']);
});

it('marks no word that only contains the tool, and nothing where there is no tool', () => {
  expect(partsWith('arsenical colours .', 'arsenic')).toEqual([]);
  expect(partsWith('one two .', '')).toEqual([]);
});
