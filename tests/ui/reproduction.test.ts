import { afterEach, describe, expect, it, vi } from 'vitest';
import { figure } from '../../src/ui/format';
import { against, cellOf, progressOf } from '../../src/ui/reproduce/cells';
import { columnsOf } from '../../src/ui/reproduce/columns';
import { fileOf, madeOf, tableCsv, tableDocument } from '../../src/ui/reproduce/documents';
import { experimentRows, experimentsOf } from '../../src/ui/reproduce/experiments';
import { curvesOf, marksOf, outline, spotsOf } from '../../src/ui/reproduce/marks';
import { estimateOf, progressWords, queueMark, remainingOf, shareOf, workOf } from '../../src/ui/reproduce/progress';
import type { Asks } from '../../src/ui/state/commands.svelte';
import { Reproduction } from '../../src/ui/state/reproduction.svelte';
import type { KeptResult, ReproducedTable } from '../../src/lab/reproduction/report';
import type { QueuedSubject } from '../../src/lab/reproduction/queued-subject';
import { figureOf, rowOf, summaryOf } from './small-table';

const subject: QueuedSubject = {
  ...{ id: 'a', name: 'tiny · seed 1', phase: 'training', step: 3, total: 4 },
  ...{ measuring: null, remaining: 61_000 },
};
const column = (key: string) => columnsOf('table1').find((one) => one.key === key)!;

afterEach(() => void vi.unstubAllGlobals());

/** What is asked of it is not answered. */
const nobody: Asks = { ask: () => Promise.resolve(null), do: () => Promise.resolve(null) };

describe('an order', () => {
  it('is remembered, but not one without tables: nobody would ask which there are', () => {
    const kept = new Map<string, string>();
    vi.stubGlobal('localStorage', {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
    });
    const opened = () => new Reproduction(nobody);
    const first = opened().draft;
    const chosen = { ...first, tables: ['table3' as const], seeds: 2 };
    opened().choose(chosen);
    expect(opened().draft).toEqual(chosen);
    opened().choose({ ...chosen, tables: [] });
    expect(opened().draft).toEqual(first);
  });
});

describe('a cell', () => {
  it('has the mean, its interval and the paper’s value, and says what they are', () => {
    expect(cellOf(rowOf(), column('asr'))).toEqual({
      ...{ mean: '3.0', interval: '2.0–4.0', paper: '3.7' },
      title:
        'Mean of 3 seeds (2.0, 3.0, 4.0) with its 95% bootstrap interval over seeds: of so few it is their range, and too narrow. From the paper: 3.7.',
    });
    const five = summaryOf(figureOf(0.01, 0.02, 0.03, 0.04, 0.05), figureOf(0, 0, 0, 0, 0));
    expect(cellOf(rowOf({ summary: five }), column('asr')).title).toContain('over seeds: of so few it is too narrow.');
  });

  it('of one seed names Wilson’s interval, or that there is none', () => {
    const row = rowOf({ summary: summaryOf(figureOf(0.02), figureOf(0.06)) });
    expect(cellOf(row, column('masked')).title).toContain(
      'on 512 prompts a set, or all that there are, with the 95% Wilson interval',
    );
    const f1 = cellOf(row, column('f1'));
    expect(f1.interval).toBe('');
    expect(f1.title).toContain('no interval');
    expect(cellOf(row, column('sensitive')).title).toContain('The paper has no such figure.');
  });

  it('of nothing is a dash', () => {
    expect(cellOf(rowOf({ summary: null, paper: null }), column('orr'))).toMatchObject({ mean: '–', paper: '' });
    expect(figure(0)).toBe('0.0');
  });

  it('of Table 3 is about labels and triggers', () => {
    expect(columnsOf('table3').map(({ key }) => key)).toContain('labels-masked');
    const [labels] = columnsOf('table3');
    expect(labels.of(rowOf().summary!)).toBeNull();
    expect(labels.paper({ labels: { masked: 0.701 } })).toBe(0.701);
  });
});

describe('a row', () => {
  it('says of how many seeds it is, and how far it is where it is not whole', () => {
    expect(progressOf(rowOf(), [subject])).toBe('3 seeds');
    const one = rowOf({ summary: summaryOf(figureOf(0.02), figureOf(0.06)) });
    expect(progressOf(one, [{ ...subject, id: 'b' }])).toBe('1 of 3 seeds · step 3 of 4');
    expect(progressOf(rowOf({ summary: null }), [{ ...subject, phase: 'waiting' }])).toBe('');
    expect(progressOf({ ...one, subjects: ['a'] }, [])).toBe('1 seed');
    // Agents that were not trained have none to speak of.
    expect(progressOf({ ...one, subjects: ['a'], steps: 0 }, [])).toBe('');
  });

  it('says where it counts against the claim', () => {
    expect(against(rowOf())).toBe('');
    const objections = [
      { seed: 1, set: 'masked-unseen', metric: 'asr', rate: 0.11 },
      { seed: 3, set: 'sensitive', metric: 'orr', rate: 0.25 },
    ] as const;
    const bad = { ...rowOf().summary!, objections: [...objections] };
    expect(against(rowOf({ summary: bad, label: 'T_max 2' }))).toBe(
      'T_max 2 counts against the paper’s claim: after 600 steps, ' +
        'masked-unseen ASR is 11.0% (seed 1), above 10%; sensitive ORR is 25.0% (seed 3), above 20%.',
    );
  });
});

describe('the plane', () => {
  it('tells rows apart by shape, who serves by colour, training by fill', () => {
    const servings = ['alone', 'guarded', 'alone', 'guarded', 'advised', 'oracle', 'advised'] as const;
    const rows = servings.map((serving, i) =>
      rowOf({ serving, label: `row ${i}`, yardstick: i === 6, steps: i === 2 || i === 6 ? 4 : 0 }),
    );
    const marks = marksOf(rows);
    expect(new Set(marks.map(({ path }) => path)).size).toBe(7);
    expect(marks.map(({ solid }) => solid)).toEqual([false, false, true, false, false, false, true]);
    expect(marksOf([rows[6]])[0]).toEqual(marks[6]);
  });

  it('has an ellipse from three seeds on, around their mean', () => {
    const two = rowOf({ summary: summaryOf(figureOf(0.02, 0.03), figureOf(0.06, 0.04)) });
    const [three, pair] = spotsOf([rowOf(), two, rowOf({ summary: null })]);
    expect(pair.ellipse).toBeNull();
    const points = outline(three.ellipse!);
    const centre = [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
    expect(centre[0]).toBeCloseTo(three.mean[0], 12);
    expect(centre[1]).toBeCloseTo(three.mean[1], 12);
    // The widest reach along an axis is √χ² standard deviations: 0.01 of ASR.
    expect(Math.max(...points.map(([x]) => x)) - three.mean[0]).toBeCloseTo(0.01 * Math.sqrt(5.991), 3);
  });

  it('parts a curve into its front and what is behind it, each place once', () => {
    const points: [number, number][] = [
      [0.3, 0.1],
      [0.1, 0.3],
      [0.3, 0.3],
      [0.3, 0.3],
      [0.1, 0.3],
    ];
    expect(curvesOf(rowOf({ curves: [{ seed: 2, points }] }))).toEqual([
      {
        seed: 2,
        front: [
          [0.1, 0.3],
          [0.3, 0.1],
        ],
        behind: [[0.3, 0.3]],
      },
    ]);
  });
});

describe('a subject', () => {
  it('says what is done with it', () => {
    expect(progressWords(subject)).toBe('step 3 of 4 · about 1:01 left');
    expect(progressWords({ ...subject, phase: 'waiting', step: 2 })).toBe('waits at step 2 of 4');
    const measuring = { serving: 'guarded', done: 7, total: 28 } as const;
    const measured = { ...subject, phase: 'measuring', step: 4, measuring, remaining: null } as const;
    expect(progressWords(measured)).toBe('measured with the safeguard: 7 of 28 prompts');
    expect(shareOf(measured)).toBeGreaterThan(shareOf(subject));
    expect(shareOf({ ...subject, phase: 'done' })).toBe(1);
  });

  it('adds up to an estimate, where every part is known', () => {
    expect(remainingOf([subject, subject])).toBe(122_000);
    expect(estimateOf([subject])).toBe('about 1:01, on this adapter');
    expect(estimateOf([subject, { ...subject, remaining: null }])).toBe('unknown until the first steps');
    const base = { ...subject, total: 0, step: 0, phase: 'waiting' } as const;
    expect(workOf([base, subject, { ...subject, phase: 'done' }])).toBe('1 run, 1 step; base agents to measure');
  });
});

describe('the mark of the queue', () => {
  const subjects = [{ ...subject, phase: 'done' as const }, subject];

  it('says how much of it is done, and how it stands', () => {
    expect(queueMark({ status: 'pausing', subjects })).toMatchObject({
      ...{ text: '1/2', title: 'Queue: 1 of 2 done, pausing' },
    });
  });

  it('is not there without a queue in this tab', () => {
    const none = [null, { status: 'none' as const, subjects }, { status: 'elsewhere' as const, subjects }];
    expect(none.map(queueMark)).toEqual([null, null, null]);
  });
});

describe('files', () => {
  const rows = [rowOf({ label: 'with, comma' }), rowOf({ summary: null })];
  const table: ReproducedTable = { name: 'table5', title: 'A table', rows };
  const order = { tables: ['table5' as const], preset: 'tiny' as const, seeds: 1, prompts: 4 };
  const results = { order, build: '1.2.3', tables: [table] };

  it('hold every figure with its interval and the paper’s, as unrounded fractions', () => {
    const [head, first, second] = tableCsv(table).trim().split('\r\n');
    expect(head.split(',').slice(0, 12).join()).toBe(
      'row,serving,steps,seeds,prompts,tokens generated,tokens trained,masked,masked low,masked high,masked greedy,masked paper',
    );
    expect(first).toMatch(/^"with, comma",advised,600,3,512,,,0\.05,0\.01,0\.2,0\.04,0\.046,/);
    expect(second).toMatch(/^WaltzRL,advised,600,0,,,,,,,,0\.046,/);
    const thirds = rowOf({ summary: summaryOf(figureOf(1 / 3), figureOf(0)) });
    expect(tableCsv({ ...table, rows: [thirds] })).toContain(`,${1 / 3},`);
    const effort = { steps: 600, tokens_generated: 1164, tokens_trained: 1029 };
    const trained = rowOf({ summary: { ...rowOf().summary!, effort } });
    expect(tableCsv({ ...table, rows: [trained] })).toContain(',512,1164,1029,');
    // Greedy rates are of what is served; feedback has none.
    expect(tableCsv({ ...table, name: 'table3' })).not.toContain('greedy');
    expect(fileOf(table, results)).toBe('table5-tiny-1-seed');
  });

  it('as JSON say what they are of', () => {
    const of = {
      name: 'tiny',
      experiment: 'e',
      seed: 1,
      build: '1.2.2',
      adapter: 'a card',
      date: '2026-01-01T00:00:00.000Z',
      measured: [],
    };
    const document = tableDocument(
      table,
      results,
      [
        { id: 'b', ...of },
        { id: 'z', ...of },
      ],
      new Date(0),
    );
    // Four prompts a set were asked for; the rows say what they were measured on.
    const ordered = { preset: 'tiny', seeds: 1, prompts: 4 };
    expect(document).toMatchObject({ table: 'table5', order: ordered, build: '1.2.3', rows });
    expect(document.rows[0].summary!.prompts).toBe(512);
    // What measured it is told result by result: an imported one may be another card's.
    const { name: _, experiment: __, seed: ___, measured: ____, ...made } = { id: 'b', ...of };
    expect(document.rows.map((row) => row.made)).toEqual(rows.map(() => [made]));
    expect(document.date).toBe('1970-01-01T00:00:00.000Z');
    const other = { id: 'b', ...of, adapter: 'another' };
    const mine = madeOf(table, [{ id: 'b', ...of }, { id: 'b', ...of }, { id: 'z', ...of }, other]);
    expect(mine).toEqual([of.adapter, 'another'].map((adapter) => ({ adapter, build: of.build })));
    expect(madeOf({ ...table, rows: table.rows.map((row) => ({ ...row, summary: null })) }, [other])).toEqual([]);
  });
});

it('what is kept stands experiment by experiment, over its seeds', () => {
  const of = (seed: number, asr: number, more: Partial<KeptResult> = {}): KeptResult => ({
    ...{ id: `e-${seed}`, experiment: 'e', name: 'tiny · β 0', seed, build: '1', adapter: 'a card' },
    ...{ date: '2026-01-01', measured: [{ serving: 'advised', prompts: 8, asr, orr: 0.5, f1: 0.6 }], ...more },
  });
  const found = experimentsOf([of(2, 0.2), of(1, 0.4), of(3, 0.9, { adapter: 'another' })]);
  expect(found.map(({ seeds, asr: { n } }) => [seeds, n])).toEqual([
    [[1, 2], 2],
    [[3], 1],
  ]);
  expect(found[0].asr.mean).toBeCloseTo(0.3, 12);
  expect(found[1].asr.interval).toBeNull();
  expect(experimentRows(found)[0]).toMatchObject({
    run: 'tiny · β 0',
    seeds: '1 2',
    'asr low': 0.2,
    adapter: 'a card',
  });
});
