import { describe, expect, it } from 'vitest';
import { sequencesOfStep } from '../../../src/lab/teaching/lesson';
import { planLesson } from '../../../src/lab/teaching/plan';
import {
  checkSettings,
  defaultSettings,
  LessonSettingsError,
  type LessonSettings,
} from '../../../src/lab/teaching/settings';
import { taughtGuest } from '../../../src/lab/teaching/taught';
import { cut } from '../../../src/lab/teaching/text';
import { CpuMemory } from '../../../src/cpu/memory';
import { estimatesWithin } from '../../../src/lm/backend/fit';
import { sourcesOf } from '../../../src/checkpoint/byte-source';
import { LONGEST_NAME } from '../../../src/checkpoint/guest-check';
import { readGuest } from '../../../src/checkpoint/guest-files';
import { smallConfig } from '../../checkpoint/fixtures';
import { ownFolder } from '../../checkpoint/guest-folder';

const settings: LessonSettings = { length: 16, steps: 10, batch: 4, rank: 0, learningRate: 1e-3, seed: 1 };
const ids = (count: number) => Array.from({ length: count }, (_, i) => i % 7);

describe('a plan', () => {
  it('counts what is learned and what is held out', () => {
    const { memory, ...plan } = planLesson(smallConfig, cut(ids(201), 16), settings, estimatesWithin(Infinity));
    expect(plan).toEqual({
      tokens: 201,
      parts: { training: { sequences: 12, predicted: 180 }, heldOut: { sequences: 2, predicted: 20 } },
      batch: 4,
    });
    expect(memory).toEqual({ bytes: expect.any(Number) as number });
  });

  it('takes as many sequences a step as there are, and less memory for fewer', () => {
    const parts = cut(ids(60), 16);
    const plan = (batch: number) => planLesson(smallConfig, parts, { ...settings, batch }, estimatesWithin(Infinity));
    expect([1, 2, 3, 4, 50].map((batch) => plan(batch).batch)).toEqual([1, 2, 3, 4, 4]);
    const bytes = (batch: number) => (plan(batch).memory as { bytes: number }).bytes;
    expect(bytes(1)).toBeLessThan(bytes(3));
    expect(bytes(50)).toBe(bytes(4));
  });

  it('that does not fit says how many sequences would', () => {
    const parts = cut(ids(2000), 16);
    const plan = (batch: number) => planLesson(smallConfig, parts, { ...settings, batch }, estimatesWithin(100_000));
    const { refusal } = plan(100).memory as { refusal: string };
    const most = Number(/Take at most (\d+) sequences a step/.exec(refusal)![1]);
    expect(plan(most).memory).toHaveProperty('bytes');
    // Rows are padded to sixteen tokens.
    expect(plan(most + 1).memory).toHaveProperty('refusal');
  });
});

describe('settings', () => {
  it('that a model begins with are settings', () => {
    for (const max_position_embeddings of [2, 96, 131_072]) {
      const reader = { ...smallConfig, max_position_embeddings };
      expect(() => checkSettings(defaultSettings(reader), reader)).not.toThrow();
    }
    expect(defaultSettings(smallConfig).rank).toBe(0);
    const large = { ...smallConfig, vocab_size: 49_152, hidden_size: 640 };
    expect(defaultSettings(large).rank).toBeGreaterThan(0);
    expect(() => checkSettings(defaultSettings(large), large)).not.toThrow();
  });

  it('of adapters take less memory than all weights, and no adapter is wider than its matrices', () => {
    const parts = cut(ids(201), 16);
    const wide = { ...smallConfig, hidden_size: 256, intermediate_size: 512 };
    const estimates = new CpuMemory(2 ** 32);
    const bytes = (rank: number) =>
      (planLesson(wide, parts, { ...settings, rank }, estimates).memory as { bytes: number }).bytes;
    expect(bytes(2)).toBeLessThan(bytes(0));
    expect(bytes(2)).toBeLessThan(bytes(8));
    const most = smallConfig.num_key_value_heads * smallConfig.head_dim;
    expect(() => checkSettings({ ...settings, rank: most }, smallConfig)).not.toThrow();
    expect(() => checkSettings({ ...settings, rank: most + 1 }, smallConfig)).toThrow(`0 to ${most}`);
  });

  it.each<[keyof LessonSettings, number[], string]>([
    ['length', [1, 1.5, 33, NaN], '2 to 32 tokens'],
    ['steps', [0, 10_001, Infinity], '1 to 10000 steps'],
    ['batch', [0, 257, 2.5], '1 to 256 sequences'],
    ['seed', [-1, 2 ** 32, 0.5], '0 to 4294967295'],
    ['rank', [-1, 257, 0.5], 'The rank of adapters is 0 to'],
    ['learningRate', [0, -1, 1.1, NaN], 'above 0'],
  ])('are refused by name: %s', (name, values, words) => {
    for (const value of values) {
      const check = () =>
        checkSettings({ ...settings, [name]: value }, { ...smallConfig, max_position_embeddings: 32 });
      expect(check, String(value)).toThrow(LessonSettingsError);
      expect(check, String(value)).toThrow(words);
    }
  });
});

describe('the sequences of a step', () => {
  const stepsOf = (seed: number, batch: number) =>
    Array.from({ length: 20 }, (_, step) => sequencesOfStep(step, { count: 10, batch, seed }));

  it('are all of them, once a pass, in an order of the pass', () => {
    for (const batch of [1, 3, 10]) {
      const places = stepsOf(1, batch).flat();
      const passes = Array.from({ length: places.length / 10 }, (_, pass) => places.slice(10 * pass, 10 * pass + 10));
      for (const pass of passes) expect(pass.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(new Set(passes.map((pass) => pass.join())).size).toBe(passes.length);
    }
  });

  it('are others with another seed', () => {
    expect(stepsOf(1, 4)).toEqual(stepsOf(1, 4));
    expect(stepsOf(2, 4)).not.toEqual(stepsOf(1, 4));
  });
});

describe('what was taught', async () => {
  const { guest } = await readGuest(sourcesOf(ownFolder()), 'mine');
  const parameters = guest.parameters!.map((value) => value + 1);

  it('is another model, named for what it learned, without the ONNX file of the old weights', () => {
    const taught = taughtGuest({ ...guest, onnx: new Uint8Array(4) }, parameters, { steps: 40, text: ' Row,\n row. ' });
    expect(taught).toEqual({ ...guest, parameters, onnx: null, name: 'mine, 40 steps on “Row, row.”' });
  });

  it('has a name that can be kept', () => {
    const taught = taughtGuest({ ...guest, name: 'x'.repeat(LONGEST_NAME) }, parameters, {
      steps: 1,
      text: 'y'.repeat(99),
    });
    expect(taught.name).toHaveLength(LONGEST_NAME);
    expect(taught.name).toMatch(/^x+…, 1 step on “y{23}…”$/);
  });
});
