import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Entry, Killed } from '../../scripts/reliability/entries';
import { kept, reliabilityPage, withTables } from '../../scripts/reliability/kept';
import { momentOf } from '../../scripts/reliability/moments';
import { tables } from '../../scripts/reliability/report';

const begun: Entry = { kind: 'begun', date: '2026-11-29T23:59:00Z', commit: 'abcdef0', on: 'Chromium 156' };
const killed = (number: number, more: Partial<Killed> = {}): Entry => ({
  ...{ kind: 'killed', number, phase: 'saving', moment: { phase: 'saving', after: 0, delay: 1 } },
  ...{ said: 3, made: 4, found: 4, seconds: 20, faults: [], ...more },
});
const rowOf = (text: string, title: string) =>
  text
    .split('\n')
    .find((line) => line.startsWith(`| ${title}`))
    ?.split('|')
    .slice(2, -1)
    .map(Number);

describe('the tables', () => {
  it('count kills by their phase, what was lost and what was equal', () => {
    const text = tables({
      'browser-saving': [
        begun,
        killed(0),
        // Saved at 5, found at 3: two saved steps are lost, and one more is made again.
        killed(1, { phase: 'training', said: 5, made: 6, found: 3, faults: ['Step 5 was said to be saved.'] }),
        { kind: 'finished', kills: 2, differs: [] },
        { kind: 'finished', kills: 0, differs: ['agents'] },
      ],
    });
    expect(rowOf(text, 'Browser, in saves')).toEqual([2, 0, 1, 1, 2, 3, 2, 1]);
    expect(text).toContain('kill 1 in training: Step 5 was said to be saved.');
    expect(text).toContain('otherwise than unstopped: agents');
  });

  it('count steps once where several kills fell before anybody looked', () => {
    const opening = { phase: 'opening', made: 6, said: 4, found: 4 } as const;
    const text = tables({ 'browser-training': [begun, killed(0, opening), killed(1, opening)] });
    expect(rowOf(text, 'Browser, anywhere')).toEqual([2, 2, 0, 0, 0, 2, 0, 0]);
    expect(text).toContain('Nothing went wrong.');
  });
});

it('the page shows what was kept, and nothing else', () => {
  const page = readFileSync(reliabilityPage, 'utf8');
  expect(withTables(page, kept())).toBe(page);
});

it('the moments of kills are the same each time, and fall into every phase', () => {
  const moments = (seed: number) => Array.from({ length: 50 }, (_, kill) => momentOf('training', seed, kill));
  expect(moments(1)).toEqual(moments(1));
  expect(moments(1)).not.toEqual(moments(2));
  expect(new Set(moments(1).map(({ phase }) => phase))).toEqual(new Set(['opening', 'starting', 'training']));
});
