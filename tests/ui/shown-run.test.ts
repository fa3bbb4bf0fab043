import { describe, expect, it } from 'vitest';
import { presets } from '../../src/lab/config';
import { ShownRun, type ShownNews } from '../../src/ui/state/shown-run.svelte';
import { batchOf, evaluationAt, measuredAt, metricsOf } from './small-run';

const timing = { elapsed: 1000, remaining: null, stepsPerSecond: 3, tokensPerSecond: 900 };
const stepped = (step: number): ShownNews => ({
  kind: 'run.stepped',
  metrics: metricsOf(step),
  timing,
  rollouts: batchOf(),
});
const opened: ShownNews = {
  kind: 'run.opened',
  run: 'r',
  name: 'tiny · seed 1',
  config: presets.tiny,
  origins: {},
  step: 2,
  metrics: [metricsOf(1), metricsOf(2)],
  evaluations: [evaluationAt(0)],
  measured: [],
  exact: true,
};

/** A store whose frames come when the test says so. */
function storeWithFrames() {
  const frames: (() => void)[] = [];
  const store = new ShownRun((flush) => frames.push(flush));
  return { store, frames, frame: () => frames.splice(0).forEach((flush) => flush()) };
}

describe('ShownRun', () => {
  it('takes many events in one frame, in order', () => {
    const { store, frames, frame } = storeWithFrames();
    for (const event of [opened, stepped(3), stepped(4), stepped(5)]) store.apply(event);
    expect(frames).toHaveLength(1);
    expect(store.metrics).toHaveLength(0);
    frame();
    expect(store.metrics.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
    expect(store.step).toBe(5);
    expect(store.batch?.step).toBe(5);
    expect(store.totalSteps).toBe(presets.tiny.stages.one + presets.tiny.stages.two);
  });

  it('keeps the order of steps around other events', () => {
    const { store, frame } = storeWithFrames();
    store.apply(stepped(1));
    store.apply(opened);
    store.apply(stepped(3));
    frame();
    expect(store.metrics.map(({ step }) => step)).toEqual([1, 2, 3]);
  });

  it('keeps the last batch when a step comes without rollouts', () => {
    const { store, frame } = storeWithFrames();
    store.apply(stepped(1));
    store.apply({ kind: 'run.stepped', metrics: metricsOf(2), timing, rollouts: [] });
    frame();
    expect(store.step).toBe(2);
    expect(store.batch?.step).toBe(1);
  });

  it('shows of each step what was measured on most prompts, in order', () => {
    const { store, frame } = storeWithFrames();
    store.apply(opened);
    store.apply({ kind: 'run.evaluated', evaluation: evaluationAt(2) });
    store.apply({ kind: 'run.measured', measured: measuredAt(evaluationAt(4, 512)) });
    store.apply({ kind: 'run.evaluated', evaluation: evaluationAt(4) });
    frame();
    expect(store.evaluations.map(({ step, sets }) => [step, sets.masked.n])).toEqual([
      [0, 64],
      [2, 64],
      [4, 512],
    ]);
    expect(store.curves.get(4)).toEqual([[0.1, 0.2]]);
    // A run that is opened brings along what was measured of it.
    store.apply({ ...opened, measured: [measuredAt(evaluationAt(2, 8))] });
    frame();
    expect(store.evaluations.map(({ step, sets }) => [step, sets.masked.n])).toEqual([
      [0, 64],
      [2, 8],
    ]);
    expect([...store.curves.keys()]).toEqual([2]);
  });

  it('shows progress until it is done', () => {
    const { store, frame } = storeWithFrames();
    store.apply({ kind: 'run.status', status: 'loading', step: 0 });
    store.apply({ kind: 'run.progress', phase: 'pipelines', done: 3, total: 10 });
    frame();
    expect(store.progress).toMatchObject({ phase: 'pipelines', done: 3 });
    store.apply({ kind: 'run.progress', phase: 'pipelines', done: 10, total: 10 });
    frame();
    expect(store.progress).toBeNull();
  });

  it('forgets what was queued when it is cleared', () => {
    const { store, frame } = storeWithFrames();
    store.apply(opened);
    store.clear();
    frame();
    expect(store.opened).toBe(false);
  });
});
