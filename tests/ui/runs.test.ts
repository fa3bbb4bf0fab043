import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { presets, runName, setPath, type RunConfig } from '../../src/lab/config';
import { toCsv } from '../../src/ui/files/csv';
import { apart, shortened } from '../../src/ui/runs/drawing';
import { checkpointText, differing, matches, ordered } from '../../src/ui/runs/list';
import { colors, lookOf } from '../../src/ui/runs/looks';
import { curveOf, measures } from '../../src/ui/runs/measures';
import { configRows, evaluationRows, listRows } from '../../src/ui/runs/rows';
import { Selection } from '../../src/ui/runs/selection.svelte';
import { wilson } from '../../src/statistics/wilson';
import type { SavedRun } from '../../workers/protocol/runs';
import { closest, contrast, sights } from './sight';
import { evaluationAt, metricsOf } from './small-run';

function saved(run: string, config: RunConfig = presets.tiny, more: Partial<SavedRun> = {}): SavedRun {
  return {
    ...{ run, name: runName(config), config, step: 4, savedAt: 0, finished: true, pinned: false, elsewhere: false },
    ...{ adapter: 'SwiftShader', build: '0.1.0', latest: null, checkpoints: [2, 3, 4] },
    ...more,
  };
}

describe('the list', () => {
  it('has pinned runs first, then the newest', () => {
    const runs = [
      saved('a', presets.tiny, { savedAt: 1 }),
      saved('b', presets.tiny, { savedAt: 3 }),
      saved('c', presets.tiny, { savedAt: 2, pinned: true }),
    ];
    expect(ordered(runs).map(({ run }) => run)).toEqual(['c', 'b', 'a']);
  });

  it('is filtered by every word, in any of what it says', () => {
    const run = saved('a', setPath({ ...presets.tiny, seed: 42 }, 'reward.lambda', '0'), { name: 'For the talk' });
    for (const filter of ['', 'TALK', 'talk λ', 'seed 42', 'tiny 0.1.0', 'swiftshader', 'finished']) {
      expect(matches(run, filter)).toBe(true);
    }
    for (const filter of ['talks', 'talk β', 'quick']) expect(matches(run, filter)).toBe(false);
  });

  it('names checkpoints by where they are', () => {
    const run = saved('a');
    expect([2, 3, 4].map((step) => checkpointText(run, step))).toEqual([
      'the end of stage 1',
      'within stage 2',
      'the end',
    ]);
    expect(checkpointText({ ...run, step: 3 }, 3)).toBe('its last');
  });
});

describe('differences', () => {
  it('are the settings that are not the same in all, in the order of the controls', () => {
    const one = presets.tiny;
    const two = setPath(setPath(one, 'reward.lambda', '0'), 'seed', '5');
    expect(differing([one])).toEqual([]);
    expect(differing([one, one])).toEqual([]);
    expect(differing([one, two, one]).map(({ path }) => path)).toEqual(['seed', 'reward.lambda']);
    expect(configRows([saved('a', one), saved('b', two)])).toEqual([
      { name: runName(one), preset: 'tiny', seed: 1, 'reward.lambda': 0.25, run: 'a' },
      { name: runName(two), preset: 'tiny', seed: 5, 'reward.lambda': 0, run: 'b' },
    ]);
  });
});

describe('a selection', () => {
  it('keeps the place of a run while others come and go', () => {
    const selection = new Selection();
    selection.set(['a', 'b', 'c'], true);
    selection.set(['a'], false);
    expect(selection.runs).toEqual(['b', 'c']);
    selection.set(['d'], true);
    expect(Object.fromEntries(selection.places)).toEqual({ d: 0, b: 1, c: 2 });
    selection.keepOnly(['c']);
    expect(selection.runs).toEqual(['c']);
  });

  it('takes everything between with shift, either way, and lets go of it as well', () => {
    const among = ['a', 'b', 'c', 'd', 'e'];
    const selection = new Selection();
    selection.choose('d', true, { range: false, among });
    selection.choose('b', true, { range: true, among });
    expect(selection.runs.toSorted()).toEqual(['b', 'c', 'd']);
    selection.choose('c', false, { range: true, among });
    expect(selection.runs).toEqual(['d']);
  });

  it('takes one run where the beginning of a range is not there', () => {
    const selection = new Selection();
    selection.choose('b', true, { range: true, among: ['a', 'b'] });
    expect(selection.runs).toEqual(['b']);
    selection.choose('d', true, { range: true, among: ['c', 'd'] });
    expect(selection.runs.toSorted()).toEqual(['b', 'd']);
  });
});

describe('looks', () => {
  it('are 24 before any comes again', () => {
    const looks = Array.from({ length: 24 }, (_, place) => lookOf(place, false));
    expect(new Set(looks.map(({ color, dash }) => `${color} ${dash}`)).size).toBe(24);
  });

  it.each([
    ['light', '#ffffff'],
    ['dark', '#1e1c1a'],
  ] as const)('stand out on the %s card, and from each other for every kind of sight', (theme, card) => {
    for (const color of colors[theme]) expect(contrast(color, card)).toBeGreaterThanOrEqual(3);
    // Two lines 0.02 apart in OKLab are just told from each other side by side; a legend needs much more.
    for (const sight of sights) expect(closest(colors[theme], sight)).toBeGreaterThan(0.14);
  });
});

describe('curves', () => {
  const history = {
    metrics: [1, 2, 3, 4, 5].map(metricsOf),
    evaluations: [evaluationAt(0), evaluationAt(4)],
    measured: [],
  };
  const measure = (id: string) => measures.find((each) => each.id === id)!;

  it('have ids of their own', () => {
    expect(new Set(measures.map(({ id }) => id)).size).toBe(measures.length);
  });

  it('leave out steps without the figure', () => {
    const { raw } = curveOf(measure('kl-conversation'), history, false);
    expect(raw.map(({ step }) => step)).toEqual([4, 5]);
  });

  it('are smoothed over steps, never over evaluations', () => {
    const rising = { ...history, metrics: history.metrics.map((each) => ({ ...each, reward_final: each.step / 10 })) };
    const { raw, strong } = curveOf(measure('reward-final-answer'), rising, true);
    expect(raw.at(-1)!.value).toBe(0.5);
    expect(strong.at(-1)!.value).toBeCloseTo(0.3);
    const asr = curveOf(measure('asr'), history, true);
    expect(asr.strong).toBe(asr.raw);
    expect(asr.raw).toEqual([
      { step: 0, value: 0.27 },
      { step: 4, value: 0.27 },
    ]);
  });
});

describe('files', () => {
  it('hold text as it is, whatever is in it', () => {
    expect(toCsv([{ name: 'a, "b"\nc', n: 0.1 }, { other: true }])).toBe(
      'name,n,other\r\n"a, ""b""\nc",0.1,\r\n,,true\r\n',
    );
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), (texts) => {
        const line = toCsv([Object.fromEntries(texts.map((text, i) => [`c${i}`, text]))]);
        expect(parsed(line)[1]).toEqual(texts);
      }),
    );
  });

  it('of the list have fractions and dates that programs read', () => {
    const latest = { step: 4, asr: 0.125, orr: 0.25, f1: 0.8 };
    const [row] = listRows([saved('a', presets.tiny, { latest, savedAt: 1000 })]);
    expect(row).toMatchObject({ asr: 0.125, evaluated: 4, steps: 4, saved: '1970-01-01T00:00:01.000Z', run: 'a' });
    expect(listRows([saved('b')])[0]).toMatchObject({ asr: null });
  });

  it('of evaluations have a row a set, with its interval', () => {
    const rows = evaluationRows([
      { run: saved('a'), evaluation: evaluationAt(4) },
      { run: saved('b'), evaluation: null },
    ]);
    expect(rows).toHaveLength(9);
    const [low, high] = wilson(Math.round(0.02 * 64), 64);
    expect(rows.find(({ set }) => set === 'plain')).toMatchObject({ metric: 'asr', rate: 0.02, low, high, n: 64 });
  });
});

describe('labels', () => {
  it('stand apart within the frame, in their order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 300, noNaN: true }), { maxLength: 20 }), (heights) => {
        const moved = apart(heights, 11, 300);
        const order = heights.map((_, i) => i).sort((a, b) => heights[a] - heights[b]);
        for (let k = 1; k < order.length; k++) {
          expect(moved[order[k]] - moved[order[k - 1]]).toBeGreaterThanOrEqual(11 - 1e-9);
        }
        expect(Math.max(0, ...moved)).toBeLessThanOrEqual(300);
      }),
    );
    expect(apart([10, 200], 11, 300)).toEqual([10, 200]);
  });

  it('are cut where they are too long', () => {
    expect(shortened('quick · seed 1', 200)).toBe('quick · seed 1');
    expect(shortened('quick · seed 1', 60)).toBe('quick ·…');
  });
});

/** The cells of a CSV text. */
function parsed(text: string): string[][] {
  const rows: string[][] = [[]];
  for (let at = 0; at < text.length;) {
    let cell = '';
    if (text[at] === '"') {
      for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
        if (text[at] === '"') at++;
        cell += text[at];
      }
      at++;
    } else while (at < text.length && !/[,\r]/.test(text[at])) cell += text[at++];
    rows.at(-1)!.push(cell);
    if (text[at] === ',') at++;
    else {
      at += 2;
      if (at < text.length) rows.push([]);
    }
  }
  return rows;
}
