import { describe, expect, it } from 'vitest';
import { presets } from '../../src/lab/config';
import { Stint } from '../../workers/trainer/reproduction/job';
import { Tempo, type Left } from '../../workers/trainer/reproduction/throughput';

const config = presets.tiny;
const subject = { config, trained: true, servings: ['advised'] as const };
const left: Left = { steps: 4, servings: ['advised'], prompts: 100, measured: 0, opened: false };

describe('an estimate', () => {
  it('is unknown until something like it was done', () => {
    const tempo = new Tempo({});
    expect(tempo.estimate(subject, left)).toBeNull();
    tempo.trained(config, 2, 2000);
    const game = 1000 / config.rollout.batch;
    expect(tempo.estimate(subject, left)).toBe(4 * 1000 + 100 * game);
    tempo.measured(config, 'advised', 50, 500);
    expect(tempo.estimate(subject, left)).toBe(4 * 1000 + 100 * 10);
    tempo.opened(config, 300);
    expect(tempo.estimate(subject, left)).toBe(5300);
    expect(tempo.estimate(subject, { ...left, opened: true })).toBe(5000);
    expect(tempo.estimate(subject, { ...left, steps: 0, servings: [] })).toBe(0);
    // Of the first that is to be measured a part may be done.
    const both: Left = { ...left, steps: 0, servings: ['advised', 'advised'], measured: 0.75, opened: true };
    expect(tempo.estimate(subject, both)).toBe(250 + 1000);
  });

  it('of what was never done goes by the slowest of its kind with these models, game by game', () => {
    const tempo = new Tempo({});
    tempo.trained(config, 1, 1000);
    tempo.measured(config, 'alone', 10, 10);
    tempo.measured(config, 'guarded', 10, 20);
    const twice = { ...config, method: 'single-model' as const, rollout: { ...config.rollout, batch: 20 } };
    const other = { ...subject, config: twice };
    expect(tempo.estimate(other, { ...left, opened: true })).toBe(4 * 2000 + 100 * 2);
    expect(tempo.estimate({ ...subject, config: presets.standard }, left)).toBeNull();
  });
});

it('a stint tells the pace of each of its parts, and not of one that was broken off', () => {
  let clock = 0;
  const tempo = new Tempo({});
  const stint = new Stint('a', config, tempo, () => clock);
  const measuring = (serving: 'alone' | 'advised', done: number) =>
    stint.heard({ kind: 'measuring', id: 'a', config, serving, done, total: 10 });
  clock = 100;
  stint.opened();
  for (const step of [1, 2]) {
    clock += 50;
    stint.heard({ kind: 'training', id: 'a', config, step, total: 4 });
  }
  measuring('alone', 0);
  clock += 30;
  measuring('alone', 10);
  clock += 30;
  measuring('advised', 0);
  clock += 70;
  measuring('advised', 5);
  expect(stint.measuring).toEqual({ serving: 'advised', done: 5, total: 10 });
  const games = config.rollout.batch;
  expect(tempo.paces).toEqual({ 'open tiny': 100, 'step tiny waltzrl 1': 50 / games, 'measure tiny alone': 6 });
});
