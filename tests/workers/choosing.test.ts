import { expect, it } from 'vitest';
import { config, openTab } from './stage';

it('tells what computes and why, and what was wished for', async () => {
  const tab = await openTab();
  expect(await tab.ask('device.open', {})).toMatchObject({
    ...{ backend: tab.backend.name, adapter: { description: 'scripted' } },
    ...{ wish: 'auto', reason: { kind: 'wished' }, selfCheck: { passed: true } },
  });
});

it('keeps another wish, opens anew, and saves the run that is open', async () => {
  const tab = await openTab();
  await tab.send({ kind: 'run.start', config });
  await tab.until(({ kind }) => kind === 'run.stepped');
  const before = tab.backend;
  expect(await tab.ask('device.choose', { wish: 'cpu' })).toMatchObject({ wish: 'cpu' });
  expect(tab.backend).not.toBe(before);
  expect(tab.of('run.status').at(-1)).toMatchObject({ status: 'idle' });
  const saved = (await tab.ask('runs.list', {})).saved[0];
  expect(saved).toMatchObject({ run: tab.run, finished: false });
  expect(saved.step).toBeGreaterThan(0);
  // It goes on where it was.
  await tab.send({ kind: 'run.restore', run: tab.run, goOn: true });
  await tab.status('finished');
  expect(tab.errors).toEqual([]);
});

it('opens another backend where no run is open, and tells of none', async () => {
  const tab = await openTab();
  await tab.ask('device.choose', { wish: 'webgpu' });
  expect(tab.of('run.status')).toEqual([]);
  await tab.send({ kind: 'run.start', config });
  await tab.status('finished');
});
