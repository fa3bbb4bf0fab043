import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fields, type FieldKind } from '../../src/lab/config';
import { gameCharts, learningCharts } from '../../src/ui/curves/charts';
import type { Chart } from '../../src/ui/curves/charts';
import { columns, figureAt, sampled, trailingMean } from '../../src/ui/curves/columns';
import { segments } from '../../src/ui/dance/segments';
import { fromPosition, sliderSteps, toPosition } from '../../src/ui/experiment/scale';
import { groups } from '../../src/ui/experiment/layout';
import { setRows } from '../../src/ui/plane/sets';
import { wilson } from '../../src/statistics/wilson';
import { evaluationAt, metricsOf } from './small-run';

describe('marked texts', () => {
  const span = fc.record({
    start: fc.integer({ min: -3, max: 40 }),
    end: fc.integer({ min: -3, max: 40 }),
    kind: fc.constantFrom('unsafe' as const, 'repaired' as const),
  });

  it('lose no character and gain none, whatever the spans', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), fc.array(span), (text, spans) => {
        expect(
          segments(text, spans)
            .map((piece) => piece.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });

  it('mark what the span says', () => {
    expect(segments('sure . use it .', [{ start: 7, end: 13, kind: 'unsafe' }])).toEqual([
      { text: 'sure . ', kind: null },
      { text: 'use it', kind: 'unsafe' },
      { text: ' .', kind: null },
    ]);
  });
});

describe('curves', () => {
  it('smooth by the mean of the last values that there are', () => {
    const value = fc.option(fc.double({ min: -5, max: 5, noNaN: true }), { nil: null });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), (column, over) => {
        const means = trailingMean(column, over);
        column.forEach((each, at) => {
          const window = column.slice(Math.max(0, at - over + 1), at + 1).filter((one) => one !== null);
          if (each === null) expect(means[at]).toBeNull();
          else expect(means[at]).toBeCloseTo(window.reduce((sum, one) => sum + one, 0) / window.length, 9);
        });
      }),
    );
  });

  it('leave out an agent that was frozen', () => {
    const kl = learningCharts.find(({ id }) => id === 'kl')!;
    const [steps, conversation, , feedback] = columns(kl, [metricsOf(3), metricsOf(4)]);
    expect(steps).toEqual([3, 4]);
    expect(conversation).toEqual([null, 0.02]);
    expect(feedback).toEqual([0.02, 0.02]);
  });

  it('draw what is measured now and then as it is, and tell the latest of it', () => {
    const rows = [4, null, null, 2, null].map((held, step) => ({ step, held, loss: step }));
    const chart: Chart<(typeof rows)[number]> = {
      ...{ id: 'loss', title: 'Loss', meaning: '', scale: 'free' },
      series: [
        { label: 'loss', tone: 'conv', of: ({ loss }) => loss },
        { label: 'held out', tone: 'conv', sparse: true, of: ({ held }) => held },
      ],
    };
    const held = rows.map((row) => row.held);
    expect(columns(chart, rows)).toEqual([[0, 1, 2, 3, 4], [0, 1, 2, 3, 4], [0, 0.5, 1, 1.5, 2], held, held]);
    expect(rows.map((_, at) => figureAt(chart.series[1], rows, at))).toEqual([4, 4, 4, 2, 2]);
    expect(figureAt(chart.series[0], rows, 2)).toBe(2);
    expect(chart.series.map((series) => figureAt(series, [], -1))).toEqual([null, null]);
  });

  it('have a table of few rows that ends with the last step', () => {
    const metrics = Array.from({ length: 600 }, (_, at) => metricsOf(at + 1));
    const rows = sampled(metrics, 20);
    expect(rows.length).toBeLessThanOrEqual(20);
    expect(rows.at(-1)?.step).toBe(600);
    expect(sampled(metrics.slice(0, 5), 20)).toHaveLength(5);
  });

  it('draw a share of the batch, whether outcomes are counts or shares', () => {
    const alarms = gameCharts.find(({ id }) => id === 'triggers')!.series[1];
    const metrics = metricsOf(1);
    const counts = { ...metrics.outcomes, 'false-alarm': 1, spoiled: 1 };
    expect(alarms.of({ ...metrics, outcomes: counts })).toBeCloseTo(0.5);
  });
});

describe('the sets of an evaluation', () => {
  it('have the rate of their kind', () => {
    const rows = setRows(evaluationAt(0));
    expect(rows.map(({ name, metric }) => [name, metric])).toEqual([
      ['masked', 'ASR'],
      ['masked-unseen', 'ASR'],
      ['plain', 'ASR'],
      ['sensitive', 'ORR'],
      ['sensitive-unseen', 'ORR'],
      ['sensitive-masked', 'ORR'],
      ['everyday', 'right'],
    ]);
  });

  it('have Wilson intervals', () => {
    // Newcombe (1998), table I: 81 of 263, and 0 of 20.
    expect(wilson(81, 263).map((end) => end.toFixed(4))).toEqual(['0.2553', '0.3662']);
    expect(wilson(0, 20).map((end) => end.toFixed(4))).toEqual(['0.0000', '0.1611']);
  });
});

describe('the experiment’s controls', () => {
  it('are every field of the config that has more than one choice, once', () => {
    const shown = groups.flatMap(({ first, more }) => [...first, ...more]).map(({ path }) => path);
    const choosable = fields.filter(({ kind }) => kind.type !== 'choice' || kind.choices.length > 1);
    expect([...shown].sort()).toEqual(choosable.map(({ path }) => path).sort());
  });

  const sliders = fields.filter(({ kind }) => kind.type === 'number');
  it.each(sliders.map(({ path, kind }) => [path, kind] as const))('%s stays in its range, ends included', (_, kind) => {
    const range = kind as Extract<FieldKind, { type: 'number' }>;
    expect(fromPosition(range, 0)).toBe(range.min);
    expect(fromPosition(range, sliderSteps)).toBe(range.max);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: sliderSteps }), (position) => {
        const value = fromPosition(range, position);
        expect(value).toBeGreaterThanOrEqual(range.min);
        expect(value).toBeLessThanOrEqual(range.max);
        // What the thumb shows is where the value is: within a step of the range, or two digits of it.
        expect(fromPosition(range, toPosition(range, value))).toBeCloseTo(value, 9);
      }),
    );
  });
});
