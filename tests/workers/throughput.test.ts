import { describe, expect, it } from 'vitest';
import { presets } from '../../src/lab/config';
import { Job } from '../../workers/trainer/reproduction/job';
import { Throughput, type Left } from '../../workers/trainer/reproduction/throughput';

const config = presets.tiny;
const subject = { config, trained: true, servings: ['advised'] as const };
const left: Left = { steps: 4, servings: ['advised'], prompts: 100, measured: 0, opened: false };

describe('an estimate', () => {
  it('is unknown until something like it was done', () => {
    const throughput = new Throughput({});
    expect(throughput.estimate(subject, left)).toBeNull();
    throughput.trained(config, 2, 2000);
    const game = 1000 / config.rollout.batch;
    expect(throughput.estimate(subject, left)).toBe(4 * 1000 + 100 * game);
    throughput.measured(config, 'advised', 50, 500);
    expect(throughput.estimate(subject, left)).toBe(4 * 1000 + 100 * 10);
    throughput.opened(config, 300);
    expect(throughput.estimate(subject, left)).toBe(5300);
    expect(throughput.estimate(subject, { ...left, opened: true })).toBe(5000);
    expect(throughput.estimate(subject, { ...left, steps: 0, servings: [] })).toBe(0);
    // Of the first that is to be measured a part may be done.
    const both: Left = { ...left, steps: 0, servings: ['advised', 'advised'], measured: 0.75, opened: true };
    expect(throughput.estimate(subject, both)).toBe(250 + 1000);
  });

  it('of what was never done goes by the slowest of its kind with these models, game by game', () => {
    const throughput = new Throughput({});
    throughput.trained(config, 1, 1000);
    throughput.measured(config, 'alone', 10, 10);
    throughput.measured(config, 'guarded', 10, 20);
    const twice = { ...config, method: 'single-model' as const, rollout: { ...config.rollout, batch: 20 } };
    const other = { ...subject, config: twice };
    expect(throughput.estimate(other, { ...left, opened: true })).toBe(4 * 2000 + 100 * 2);
    expect(throughput.estimate({ ...subject, config: presets.standard }, left)).toBeNull();
  });
});

it('a job tells the pace of each of its parts, and not of one that was broken off', () => {
  let clock = 0;
  const throughput = new Throughput({});
  const job = new Job('a', config, throughput, () => clock);
  const measuring = (serving: 'alone' | 'advised', done: number) =>
    job.heard({ kind: 'measuring', id: 'a', config, serving, done, total: 10 });
  clock = 100;
  job.opened();
  for (const step of [1, 2]) {
    clock += 50;
    job.heard({ kind: 'training', id: 'a', config, step, total: 4 });
  }
  measuring('alone', 0);
  clock += 30;
  measuring('alone', 10);
  clock += 30;
  measuring('advised', 0);
  clock += 70;
  measuring('advised', 5);
  expect(job.measuring).toEqual({ serving: 'advised', done: 5, total: 10 });
  const games = config.rollout.batch;
  expect(throughput.paces).toEqual({ 'open tiny': 100, 'step tiny waltzrl 1': 50 / games, 'measure tiny alone': 6 });
});
