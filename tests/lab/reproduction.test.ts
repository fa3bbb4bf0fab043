import { setNames } from '../../src/tasks/masquerade/sets';
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { presets, setPath } from '../../src/lab/config';
import { environmentOf } from '../../src/lab/models/environment';
import { compareMeasured } from '../../src/lab/run/measured';
import { driftOf } from '../../src/lab/reproduction/drift';
import {
  historyFigures,
  resultSchema,
  subjectId,
  type History,
  type Measurement,
  type Result,
} from '../../src/lab/reproduction/result';
import { subjectOf, subjectsOf } from '../../src/lab/reproduction/subjects';
import { parseResultLines, resultLines, ResultLinesError } from '../../src/lab/reproduction/result-lines';
import { compareRows, resultsOf, summarizeRow } from '../../src/lab/reproduction/summary';
import { tableNames, tables, type Row } from '../../src/lab/reproduction/tables';
import { wilson } from '../../src/statistics/wilson';
import type { SetMetrics } from '../../src/waltz/learn/metrics';

const preset = presets.tiny;
const { sets } = environmentOf(preset.task).task;
/** Those of the means. */
const counting = sets.filter(({ inMean }) => inMean);
const [baseRow, , singleRow, , , , waltzRow] = tables.table1.rows as readonly Row[];

describe('what a table needs', () => {
  it('is every distinct run once, the base agents first, then seed by seed', () => {
    const subjects = subjectsOf(['table1', 'table6'], preset, [1, 2]);
    expect(subjects.map(({ trained, servings }) => [trained, servings])).toEqual([
      [false, ['alone', 'guarded', 'advised', 'oracle']],
      ...[1, 2].flatMap(() => [
        [true, ['alone', 'guarded']],
        [true, ['advised']],
        [true, ['advised']],
      ]),
    ]);
    expect(subjects.map(({ config }) => config.seed)).toEqual([1, 1, 1, 1, 2, 2, 2]);
    expect(new Set(subjects.map(subjectId)).size).toBe(subjects.length);
  });

  it.each(tableNames)('%s can be run with every preset', (name) => {
    for (const one of Object.values(presets)) {
      for (const row of tables[name].rows as readonly Row[]) {
        const { config, trained } = subjectOf(row, one, 3);
        expect(config).toMatchObject({ preset: one.preset, task: one.task, model: one.model, seed: 3 });
        // A row that trains differs from the next by what it trains.
        expect(trained).toBe(row.train !== null);
      }
    }
  });

  it('goes by the experiment: what says nothing of the result does not make another', () => {
    const { config } = subjectOf(singleRow, preset, 1);
    const saved = setPath(config, 'checkpoint.every_steps', '7');
    expect(subjectId({ config: saved, trained: true })).toBe(subjectId({ config, trained: true }));
    expect(subjectId({ config, trained: false })).toBe('base-tiny');
  });

  it('matched runs are longer, and nothing else', () => {
    const rows = tables.matched.rows as readonly Row[];
    const steps = rows.map((row) => subjectOf(row, presets.standard, 1).config.stages);
    expect(steps).toEqual([
      { one: 200, two: 400 },
      { one: 200, two: 400 },
      { one: 440, two: 880 },
      { one: 1000, two: 2000 },
    ]);
  });
});

/** Ten prompts a set, of which so many are counted. */
function measurement(counted: number, first = true): Measurement {
  const bits = Array.from({ length: 10 }, (_, i) => ((first ? i < counted : i >= 10 - counted) ? '1' : '0')).join('');
  const rate = counted / 10;
  const each = (name: string) => {
    const { metric } = sets.find((set) => set.name === name)!;
    return { n: 10, [metric]: rate, ftr: 0, label_accuracy: null, malformed: 0, evasive: 0 };
  };
  const evaluation = {
    ...{ step: 4, split: 'audit' as const, temperature: 0.7, asr: rate, orr: rate, f1: 1 - rate },
    sets: Object.fromEntries(setNames.map((name) => [name, each(name)])) as unknown as Record<string, SetMetrics>,
    ...{ asr_interval: wilson(3 * counted, 30), orr_interval: wilson(2 * counted, 20) },
  };
  return {
    ...{ evaluation, greedy: evaluation, chains: {} },
    counted: Object.fromEntries(setNames.map((name) => [name, bits])),
    curve: [
      { asr: rate, orr: 0.5 },
      { asr: 0.5, orr: rate },
    ],
  };
}

function result(seed: number, counted: number): Result {
  return {
    ...{ format: 1, base: 'base', config: { ...preset, method: 'single-model', seed } },
    ...{ effort: { steps: 4, milliseconds: 1, tokens_generated: 2, tokens_trained: 3 }, path: [] },
    history: Object.fromEntries(historyFigures.map((figure) => [figure, [0, 0, 0, null]])) as History,
    measured: { alone: measurement(counted) },
    provenance: { adapter: 'none', build: 'test', variants: {} },
    ...{ commit: null, date: '2026-01-01T00:00:00.000Z' },
  };
}

describe('a row', () => {
  const kept = new Map(
    [result(1, 2), result(2, 4), result(3, 3)].map((one) => [subjectId({ config: one.config, trained: true }), one]),
  );
  const found = (seeds: number[]) => resultsOf(singleRow, preset, seeds, 10, kept);

  it('is the mean of its seeds with their interval, and of one seed the interval over prompts', () => {
    const three = summarizeRow(singleRow, sets, found([1, 2, 3]))!;
    expect(three.seeds).toEqual([1, 2, 3]);
    expect(three.rates.masked).toMatchObject({ n: 3, values: [0.2, 0.4, 0.3] });
    // Of three seeds the bootstrap interval is their range.
    expect(three.rates.masked.interval!.map((end) => Number(end.toFixed(12)))).toEqual([0.2, 0.4]);
    expect(three.rates.masked.mean).toBeCloseTo(0.3, 12);
    expect(three.asr.mean).toBeCloseTo(0.3, 12);
    const one = summarizeRow(singleRow, sets, found([1]))!;
    expect(one.rates.masked.interval).toEqual(wilson(2, 10));
    expect(one.asr.interval).toEqual(wilson(6, 30));
    expect(one.labels).toBeNull();
    // [0.2, 0.5] and [0.5, 0.2] leave 0.8 · 0.5 + 0.5 · 0.3 of the plane.
    expect(one.hypervolume!.mean).toBeCloseTo(0.55, 12);
    expect(one.f1.interval).toBeNull();
  });

  it('shows its weak spots where they were measured', () => {
    const summary = summarizeRow(singleRow, sets, found([1, 2]))!;
    // Nobody gave feedback, and nothing was evaluated along the way.
    expect(summary).toMatchObject({ repaired: null, spoiled: null, evaluated: null });
    expect(summary.evasive.masked.values).toEqual([0, 0]);
    const advised = measurement(2);
    for (const each of Object.values(advised.evaluation.sets)) {
      Object.assign(each, { label_accuracy: 0.9, improved: 0.3, worsened: 0.1, evasive: 0.2 });
    }
    const path = [measurement(5).evaluation, measurement(4).evaluation];
    const trained = { path, config: preset, effort: null };
    const row = summarizeRow(waltzRow, sets, [{ seed: 1, result: trained, measurement: advised }])!;
    expect(row.repaired!.masked).toMatchObject({ mean: 0.3, interval: wilson(3, 10) });
    expect(row.spoiled!.everyday.mean).toBe(0.1);
    expect(row.evasive.plain.mean).toBe(0.2);
    // The last evaluation, beside the audit.
    expect(row.evaluated!.sensitive).toMatchObject({ mean: 0.4, interval: wilson(4, 10) });
    expect(row.rates.sensitive.mean).toBe(0.2);
    // The evaluations on the way had no safeguard, so they say nothing of a row that has one.
    const guarded = (tables.table1.rows as readonly Row[]).find(
      ({ serving, train }) => serving === 'guarded' && train,
    )!;
    const single = { path, config: { ...preset, method: 'single-model' as const }, effort: null };
    const rowOf = (one: Row) => summarizeRow(one, sets, [{ seed: 1, result: single, measurement: measurement(2) }])!;
    expect(rowOf(guarded).evaluated).toBeNull();
    expect(rowOf(singleRow).evaluated!.masked.mean).toBe(0.4);
  });

  it('has its rates with greedy decoding, and the chains that feedback resolved, of all seeds together', () => {
    const [first, second] = found([1, 2]);
    const greedy = [6, 8].map((counted) => measurement(counted).evaluation);
    const chains = { 1: { n: 4, exact: 3 }, 4: { n: 2, exact: 0 } };
    const summary = summarizeRow(singleRow, sets, [
      { ...first, measurement: { ...first.measurement, greedy: greedy[0], chains } },
      { ...second, measurement: { ...second.measurement, greedy: greedy[1], chains } },
    ])!;
    expect(summary.greedy.rates.everyday.values).toEqual([0.6, 0.8]);
    expect(summary.greedy.asr.values).toEqual([0.6, 0.8]);
    expect(summary.rates.everyday.values).toEqual([0.2, 0.4]);
    expect(summary.chains).toEqual({ 1: { n: 8, exact: 6 }, 4: { n: 4, exact: 0 } });
    // Without feedback nobody resolves any.
    expect(summarizeRow(singleRow, sets, [first])!.chains).toEqual({});
  });

  it('has the seeds that there are, and is nothing without any', () => {
    expect(found([1, 7, 3]).map(({ seed }) => seed)).toEqual([1, 3]);
    expect(summarizeRow(singleRow, sets, found([8]))).toBeNull();
    // A measurement of more prompts than are asked for is as good, one of fewer is not.
    expect(resultsOf(singleRow, preset, [1], 20, kept)).toEqual([]);
    expect(resultsOf(singleRow, preset, [1], 5, kept)).toHaveLength(1);
    expect(resultsOf(baseRow, preset, [1, 2, 3], 10, kept)).toEqual([]);
  });

  it('says on how many prompts it was measured, whatever was asked for; of several seeds the fewest', () => {
    expect(summarizeRow(singleRow, sets, resultsOf(singleRow, preset, [1], 5, kept))!.prompts).toBe(10);
    const more = measurement(2);
    for (const each of Object.values(more.evaluation.sets)) each.n = 64;
    const [one] = found([1]);
    expect(summarizeRow(singleRow, sets, [{ ...one, measurement: more }, ...found([2])])!.prompts).toBe(10);
    expect(summarizeRow(singleRow, sets, [{ ...one, measurement: more }])!.prompts).toBe(64);
  });

  it('is compared with another prompt by prompt, over the sets that are asked for', () => {
    const paired = compareMeasured(counting, measurement(2), measurement(4, false));
    // Counted are 0 and 1 of A, 6 to 9 of B; five sets of ten.
    expect(paired).toMatchObject({ both: 20, onlyA: 20, onlyB: 10, neither: 0 });
    // On more prompts it is no pair.
    const more = measurement(2);
    more.counted.plain += '0';
    expect(compareMeasured(counting, measurement(2), more)).toBeNull();
    // What is counted on everyday prompts is what was done right.
    const everyday = sets.filter(({ name }) => name === 'everyday');
    expect(compareMeasured(everyday, measurement(2), measurement(4, false))).toMatchObject({
      ...{ both: 0, onlyA: 2, onlyB: 4, neither: 4 },
    });
  });
});

describe('drift', () => {
  const history = (values: (number | null)[]): History =>
    Object.fromEntries(historyFigures.map((figure) => [figure, values])) as History;
  const config = { ...preset, stages: { one: 20, two: 60 } };
  const rising = Array.from({ length: 80 }, (_, i) => i / 80);

  it('is the mean of the seeds in windows of steps, and their range', () => {
    const drift = driftOf([
      { config, history: history(rising) },
      { config, history: history(rising.map(() => 0.5)) },
    ])!;
    expect(drift).toMatchObject({ total: 80, one: 20, seeds: 2 });
    // Two steps a window: 1 and 2, then 3 and 4.
    expect(drift.steps).toHaveLength(40);
    expect(drift.steps.slice(0, 2)).toEqual([1.5, 3.5]);
    const { mean, low, high } = drift.figures.worsened;
    expect([low[0], high[0]]).toEqual([0.5 / 80, 0.5]);
    expect(mean[0]).toBeCloseTo((0.5 / 80 + 0.5) / 2, 12);
    expect([low[39], high[39]]).toEqual([0.5, 78.5 / 80]);
  });

  it('has a window a step in a short run, and is nothing without feedback', () => {
    const short = { config: preset, history: history([0.1, 0.2, 0.3, 0.4]) };
    expect(driftOf([short])!.steps).toEqual([1, 2, 3, 4]);
    expect(driftOf([{ config: preset, history: null }])).toBeNull();
    expect(driftOf([{ config: preset, history: history([null, null, null, null]) }])).toBeNull();
    expect(driftOf([])).toBeNull();
  });
});

it('rows are compared seed by seed, base agents with every seed', () => {
  const one = (seed: number, counted: number, first = true) => ({ seed, measurement: measurement(counted, first) });
  const rowOf = (trained: boolean, ...found: ReturnType<typeof one>[]) => ({ trained, found });
  const waltz = rowOf(true, one(1, 4, false), one(2, 3, false));
  const trained = compareRows(counting, waltz, rowOf(true, one(2, 2), one(3, 1)));
  expect(trained.map(({ seed, onlyA, onlyB }) => [seed, onlyA, onlyB])).toEqual([[2, 10, 15]]);
  const base = rowOf(false, one(1, 2));
  const seeds = (a: typeof base, b: typeof base) => compareRows(counting, a, b).map(({ seed }) => seed);
  expect(seeds(waltz, base)).toEqual([1, 2]);
  expect(seeds(base, waltz)).toEqual([1, 2]);
  expect(seeds(base, base)).toEqual([1]);
  expect(seeds(waltz, rowOf(false))).toEqual([]);
});

it('lines of results are read whole or not at all', () => {
  const results = [result(1, 2), result(2, 3)];
  const text = resultLines(results);
  expect(parseResultLines(`\n${text}\n`)).toEqual(results);
  for (const [bad, why] of [
    ['', 'no results'],
    [`${text}{`, 'Line 3 is not JSON'],
    [`${text}{"format":1}`, 'Line 3 is no result'],
    ['\n'.repeat(3) + '[]', 'Line 4'],
    ['{}\n'.repeat(10_001), 'at most 10000'],
  ] as const) {
    expect(() => parseResultLines(bad)).toThrow(ResultLinesError);
    expect(() => parseResultLines(bad)).toThrow(why);
  }
});

it('results that come from a file are checked', () => {
  const good = result(1, 2);
  expect(v.parse(resultSchema, structuredClone(good))).toEqual(good);
  expect(v.is(resultSchema, { ...good, format: 2 })).toBe(false);
  const short = { ...good.history!, improved: [0] };
  for (const history of [null, short]) expect(v.is(resultSchema, { ...good, history })).toBe(false);
  expect(v.is(resultSchema, { ...good, effort: null, history: null })).toBe(true);
  expect(v.is(resultSchema, { ...good, config: { ...good.config, seed: -1 } })).toBe(false);
  const alone = good.measured.alone!;
  const withAlone = (changed: object) => v.is(resultSchema, { ...good, measured: { alone: { ...alone, ...changed } } });
  expect(withAlone({})).toBe(true);
  expect(withAlone({ curve: Array.from({ length: 1001 }, () => ({ asr: 0, orr: 0 })) })).toBe(false);
  for (const bits of ['01x', '', '0101010101'.repeat(2)]) {
    expect(withAlone({ counted: { ...alone.counted, masked: bits } })).toBe(false);
  }
  const { sets: measured } = alone.evaluation;
  const withSets = (changed: object) =>
    withAlone({ evaluation: { ...alone.evaluation, sets: { ...measured, ...changed } } });
  const { asr: _, ...rateless } = measured.plain;
  expect(withSets({ plain: rateless })).toBe(false);
  expect(withSets({ everyday: { ...measured.everyday, n: 9 } })).toBe(false);
  expect(withAlone({ counted: { ...alone.counted, masked: '' } })).toBe(false);
  expect(withSets({ everyday: { ...measured.everyday, label_accuracy: 1 } })).toBe(false);
});
