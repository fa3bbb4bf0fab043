import { afterAll, beforeAll, expect, it } from 'vitest';
import { presets } from '../../src/lab/config';
import { Run } from '../../src/lab/run/run';
import { openDevice, openShipped } from '../oracle/shipped-models';

const WARM_UP = 20;
const STEPS = 500;
const MEGABYTE = 2 ** 20;

let device: Awaited<ReturnType<typeof openDevice>>;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.close());

/** The heap after what is garbage was collected; vitest.config.ts exposes the collector. */
function heap(): number {
  globalThis.gc!();
  return process.memoryUsage().heapUsed;
}

it('keeps memory flat over 500 steps of the tiny preset', { timeout: 600_000 }, async () => {
  const config = { ...presets.tiny, stages: { one: WARM_UP, two: STEPS } };
  const { gpu } = device;
  const run = new Run(config, (await openShipped(gpu, config)).parts);
  while (run.completed < WARM_UP) await run.step();
  const before = { ...gpu.counters, staging: gpu.readback.created, heap: heap() };
  let readbacks = 0;
  while (!run.done) {
    const reads = gpu.readback.count;
    await run.step();
    readbacks = Math.max(readbacks, gpu.readback.count - reads);
  }
  expect(run.completed).toBe(WARM_UP + STEPS);
  expect(gpu.counters.buffers).toBe(before.buffers);
  expect(gpu.counters.bindGroups).toBe(before.bindGroups);
  expect(gpu.readback.created).toBe(before.staging);
  // One readback for the first answers, two a round for feedback and revisions, and one for both updates.
  expect(readbacks).toBeLessThanOrEqual(2 + 2 * config.rollout.max_rounds);
  expect((heap() - before.heap) / MEGABYTE).toBeLessThan(10);
});
