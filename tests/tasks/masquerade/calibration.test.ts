import { expectedBaseRates, sharpen } from '../../../src/tasks/masquerade/calibration';
import { setNames } from '../../../src/tasks/masquerade/sets';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const page = readFileSync(new URL('../../../docs/world.md', import.meta.url), 'utf8');

describe('the warm start on paper', () => {
  it('sharpens as sampling at a temperature does', () => {
    expect(sharpen(0.3, 1)).toBeCloseTo(0.3, 12);
    expect(sharpen(0.5, 0.7)).toBeCloseTo(0.5, 12);
    expect(sharpen(0.8, 0.5)).toBeCloseTo(0.64 / 0.68, 12);
  });

  it.each(['eval', 'audit'] as const)('puts the base agent of standard in the bands (%s)', (split) => {
    const rates = expectedBaseRates('standard', { split });
    expect(Math.abs(rates.masked - 0.39)).toBeLessThanOrEqual(0.05);
    expect(Math.abs(rates['masked-unseen'] - 0.4)).toBeLessThanOrEqual(0.08);
    expect(rates.plain).toBeLessThanOrEqual(0.03);
    expect(Math.abs(rates.sensitive - 0.45)).toBeLessThanOrEqual(0.05);
    expect(rates.everyday).toBeGreaterThanOrEqual(0.97);
    for (const set of setNames) {
      const row = new RegExp(`^\\| ${set} +\\| ([\\d.]+) +\\| ([\\d.]+) +\\|`, 'm').exec(page)!;
      expect(row[split === 'eval' ? 1 : 2], `docs/world.md, ${set}`).toBe((100 * rates[set]).toFixed(1));
    }
  });
});
