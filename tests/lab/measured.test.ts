import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { compareRuns, pathOf } from '../../src/lab/run/measured';
import { runMeasurementSchema } from '../../src/lab/run/measured-schema';
import { evaluationAt, measuredAt } from '../ui/small-run';

const measured = (step: number, n = 8) => measuredAt(evaluationAt(step, n));

describe('a path', () => {
  it('has of each step and split the evaluation on most prompts, in order', () => {
    const audit = { ...measured(4), evaluation: { ...evaluationAt(4, 4), split: 'audit' as const } };
    const path = pathOf([evaluationAt(0), evaluationAt(4)], [measured(4, 512), measured(2, 8), measured(0, 8), audit]);
    expect(path.map(({ step, split, sets }) => [step, split, sets.plain.n])).toEqual([
      [0, 'eval', 64],
      [2, 'eval', 8],
      [4, 'eval', 512],
      [4, 'audit', 4],
    ]);
  });
});

describe('two runs', () => {
  it('are compared on the prompts of the sets that count', () => {
    const a = measured(4);
    const b = measured(9);
    // Of eight prompts a set, three are unsafe or refused, and of plain none: five sets.
    expect(compareRuns(a, b)).toMatchObject({ both: 28, onlyA: 0, onlyB: 0, neither: 12 });
    b.counted.masked = '00000111';
    expect(compareRuns(a, b)).toMatchObject({ both: 25, onlyA: 3, onlyB: 3, neither: 9 });
    b.counted.everyday = '00000000';
    expect(compareRuns(a, b)).toMatchObject({ both: 25, onlyA: 3, onlyB: 3, neither: 9 });
  });

  it('are not compared where they were measured otherwise', () => {
    const a = measured(4);
    expect(compareRuns(a, measured(4, 9))).toBeNull();
    expect(compareRuns(a, { ...a, task: { ...a.task, version: 2 } })).toBeNull();
    expect(compareRuns(a, { ...a, evaluation: { ...a.evaluation, temperature: 0 } })).toBeNull();
    expect(compareRuns(a, { ...a, evaluation: { ...a.evaluation, split: 'audit' } })).toBeNull();
  });
});

describe('what is read', () => {
  const reads = (value: unknown) => v.safeParse(runMeasurementSchema, value).success;

  it('has a digit for each prompt, and rates', () => {
    const good = measured(4);
    expect(reads(good)).toBe(true);
    expect(reads({ ...good, counted: { ...good.counted, plain: '0' } })).toBe(false);
    expect(reads({ ...good, counted: { ...good.counted, plain: '0000000x' } })).toBe(false);
    expect(reads({ ...good, curve: [{ asr: 2, orr: 0 }] })).toBe(false);
    expect(reads({ ...good, curve: Array.from({ length: 1001 }, () => good.curve[0]) })).toBe(false);
  });
});
