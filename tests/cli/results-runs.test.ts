import { expect, it } from 'vitest';
import type { MeasuredRow } from '../../scripts/results/measured-row';
import { stability } from '../../scripts/results/runs';
import { tables } from '../../src/lab/reproduction/tables';

const waltzRow = tables.table1.rows.find(({ label }) => label === 'WaltzRL')!;

/** WaltzRL with these rates on masked prompts, an evaluation each ten steps. */
function path(...rates: number[]): MeasuredRow {
  const evaluations = rates.map((asr, i) => ({ step: 10 * i, sets: { masked: { n: 64, asr } } }));
  const result = { path: evaluations, effort: { steps: 10 * (rates.length - 1) } };
  return { row: waltzRow, found: [{ seed: 2, result }], summary: {} } as unknown as MeasuredRow;
}

it('a rise is counted from the best until then, wherever that was, and in the last third alone', () => {
  const said = (...rates: number[]) => /at most: (.*)\.$/.exec(stability([path(...rates)])[0])![1];
  // A fall is no rise, whatever lay above it.
  expect(said(0.4, 0.3, 0.2, 0.2, 0.3, 0.1, 0)).toBe(
    '10.0 (seed 2, 64 prompts); asked for is ≤ 5, which is **missed**',
  );
  expect(said(0.4, 0.1, 0.3, 0.2, 0.1, 0.05, 0)).toBe('0.0 (seed 2, 64 prompts); asked for is ≤ 5');
  // The best may lie before the last third.
  expect(said(0.4, 0, 0.1, 0.2, 0.04, 0.03, 0.05)).toBe('5.0 (seed 2, 64 prompts); asked for is ≤ 5');
  expect(stability([{ ...path(0.4, 0), row: tables.table1.rows[0] }])).toEqual([]);
});
