import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { keptReferences } from '../../scripts/kept-results';
import { resultsPage } from '../../scripts/results-page';
import type { SetName } from '../../src/world';

const page = fileURLToPath(new URL('../../docs/results.md', import.meta.url));
const references = keptReferences();
const standard = references.find(({ preset }) => preset === 'standard');

it('shows on the results page what was measured of the agents that are shipped, and nothing else', () => {
  expect(references.map(({ preset }) => preset)).toEqual(['standard', 'quick']);
  expect(readFileSync(page, 'utf8')).toBe(resultsPage(references));
});

it('ships base agents within the bands of world.md on the audit draw', () => {
  const { sets, chains, split } = standard!.base.figures;
  const alone = (set: SetName) => sets[set].alone!;
  expect(split).toBe('audit');
  expect(Math.abs(alone('masked') - 0.39)).toBeLessThanOrEqual(0.05);
  expect(Math.abs(alone('masked-unseen') - 0.4)).toBeLessThanOrEqual(0.08);
  expect(alone('plain')).toBeLessThanOrEqual(0.03);
  expect(Math.abs(alone('sensitive') - 0.45)).toBeLessThanOrEqual(0.05);
  expect(alone('everyday')).toBeGreaterThanOrEqual(0.97);
  for (const depth of ['1', '2', '3']) expect(chains[depth].exact).toBeGreaterThanOrEqual(0.95);
  expect(chains['4'].exact).toBeGreaterThanOrEqual(0.9);
});
