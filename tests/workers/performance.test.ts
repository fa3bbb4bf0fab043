import { expect, it } from 'vitest';
import type { TrainerNews } from '../../workers/protocol/trainer';
import { config, openTab, outcome, stepCost, trials } from './stage';

const stepped = (step: number) => (event: TrainerNews) => event.kind === 'run.stepped' && event.metrics.step === step;

it('says nothing about performance to a page that does not watch', async () => {
  const tab = await openTab();
  await tab.send({ kind: 'run.start', config });
  await tab.status('finished');
  expect(tab.of('performance.step')).toEqual([]);
  expect(tab.of('performance.kernels')).toEqual([]);
});

it('tells of every step from the next one on, and changes nothing in the run', async () => {
  const unwatched = await openTab();
  await unwatched.send({ kind: 'run.start', config });
  await unwatched.status('finished');
  const tab = await openTab();
  await tab.send({ kind: 'performance.watch', on: true });
  await tab.send({ kind: 'run.start', config });
  await tab.status('finished');
  expect(tab.of('performance.step').map(({ step }) => step)).toEqual([1, 2, 3, 4]);
  for (const { cost } of tab.of('performance.step')) {
    expect(cost).toMatchObject(stepCost);
    expect(cost.phases.answers).toMatchObject({ tokens: expect.any(Number) as number });
    expect(cost.phases.answers!.wall).toBeLessThanOrEqual(cost.wall);
  }
  expect(await outcome(tab)).toEqual(await outcome(unwatched));
});

it('tells what computes a run: at once where one is in hand, and with every run that is opened', async () => {
  const tab = await openTab();
  await tab.send({ kind: 'run.start', config });
  await tab.until(stepped(1));
  await tab.send({ kind: 'performance.watch', on: true });
  expect(tab.of('performance.kernels')).toMatchObject([{ provenance: { adapter: 'scripted' }, trials }]);
  await tab.send({ kind: 'run.stop' });
  await tab.send({ kind: 'run.restore', run: tab.run });
  expect(tab.of('performance.kernels')).toHaveLength(2);
});

it('falls silent when nobody watches any more', async () => {
  const tab = await openTab();
  await tab.send({ kind: 'performance.watch', on: true });
  await tab.send({ kind: 'run.start', config });
  await tab.until(({ kind }) => kind === 'performance.step');
  await tab.send({ kind: 'run.pause' });
  await tab.status('paused');
  await tab.send({ kind: 'performance.watch', on: false });
  const { length } = tab.of('performance.step');
  await tab.send({ kind: 'run.resume' });
  await tab.status('finished');
  expect(length).toBeLessThan(4);
  expect(tab.of('performance.step')).toHaveLength(length);
});

it('loads a new run on the kernels that the visitor chose', async () => {
  const tab = await openTab();
  await tab.send({ kind: 'run.start', config, kernels: 'plain' });
  await tab.send({ kind: 'run.start', config });
  await tab.send({ kind: 'run.stop' });
  expect(tab.backend.kernels).toEqual(['plain', 'tuned']);
});

it('forgets what was timed only on an open GPU', async () => {
  const tab = await openTab();
  await tab.send({ kind: 'performance.forget' });
  expect(tab.backend.tuningsForgotten).toBe(1);
  tab.backend.lose('gone');
  await tab.until(({ kind }) => kind === 'device.lost');
  expect(await tab.send({ kind: 'performance.forget' })).toMatchObject({ error: { name: 'DeviceClosedError' } });
});
