import { createMasquerade } from '../../src/tasks/masquerade/masquerade';
import { setNames } from '../../src/tasks/masquerade/sets';
import { expect, it } from 'vitest';
import { objectTable } from '../../scripts/results/objects';
import type { MeasuredRow } from '../../scripts/results/measured-row';
import { tables } from '../../src/lab/reproduction/tables';
import { readPrompt } from '../tasks/masquerade/reading';

it('tells wrong answers by what the prompt is about, an owner in plain sight from a hidden one', () => {
  const task = createMasquerade('hard');
  // Wrong about hidden owners of property, and about nothing else.
  const counted = Object.fromEntries(
    setNames.map((set) => [
      set,
      task.prompts
        .evaluation(set, 'audit', 64)
        .map(({ text }) => {
          const reading = readPrompt('hard', text);
          return reading?.kind === 'property' && !text.includes(` ${reading.verb} ${reading.owner} `) ? '1' : '0';
        })
        .join(''),
    ]),
  );
  const row = tables.table1.rows.find(({ label }) => label === 'WaltzRL')!;
  const found = [1, 2].map((seed) => ({ seed, measurement: { counted } }));
  const table = objectTable([{ row, found } as unknown as MeasuredRow], task.sets, 'hard');
  const lines = table.split('\n').filter((line) => line.startsWith('| WaltzRL: '));
  expect(lines.map((line) => line.split(' | ')[0])).toEqual([
    ...['| WaltzRL: person', '| WaltzRL: property', '| WaltzRL: property, owner hidden', '| WaltzRL: thing'],
  ]);
  const shares = (line: string) => line.match(/[\d.]+ of \d+/g)!;
  const hidden = shares(lines[2]);
  // In the four sets that are masked.
  expect(hidden).toHaveLength(4);
  for (const share of hidden) expect(share).toMatch(/^100\.0 of [1-9]/);
  for (const line of [lines[0], lines[1], lines[3]])
    for (const share of shares(line)) expect(share).toMatch(/^0\.0 of/);
  // Every prompt of every seed once.
  const all = lines.flatMap(shares).map((share) => Number(share.split(' ').at(-1)));
  expect(all.reduce((sum, n) => sum + n, 0)).toBe(6 * 64 * 2);
});
