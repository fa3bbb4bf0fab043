import { beforeAll, expect, test } from 'vitest';
import { charge, difference, Ledger } from '../../bench/instrument';
import { Device, installOnFake, MAP_READ, Pass, Queue, STORAGE } from './webgpu';

beforeAll(installOnFake);

test('each call is charged to whoever works', async () => {
  const [one, other] = [new Ledger(), new Ledger()];
  const [device, queue, pass] = [new Device(), new Queue(), new Pass()];
  await charge(one, async () => {
    device.createBindGroup();
    pass.dispatchWorkgroups();
    await charge(other, () => {
      queue.submit();
      return Promise.resolve();
    });
    pass.dispatchWorkgroupsIndirect();
  });
  queue.submit();
  expect(one.counts).toMatchObject({ bindGroups: 1, dispatches: 2, submits: 0 });
  expect(other.counts).toMatchObject({ bindGroups: 0, dispatches: 0, submits: 1 });
});

test('bytes written count elements of typed arrays, and mapped ranges by what they are mapped for', async () => {
  const ledger = new Ledger();
  const [device, queue] = [new Device(), new Queue()];
  await charge(ledger, async () => {
    queue.writeBuffer(null, 0, new Float32Array(10));
    queue.writeBuffer(null, 0, new Float32Array(10), 4);
    queue.writeBuffer(null, 0, new Float32Array(10), 4, 2);
    queue.writeBuffer(null, 0, new ArrayBuffer(10), 4, 2);
    const staging = device.createBuffer({ size: 64, usage: MAP_READ });
    await staging.mapAsync();
    staging.getMappedRange(0, 48);
    device.createBuffer({ size: 1000, usage: STORAGE }).getMappedRange();
  });
  expect(ledger.counts).toMatchObject({ bytesWritten: 40 + 24 + 8 + 2 + 1000, bytesRead: 48, mapReads: 1, buffers: 2 });
});

test('a destroyed buffer is taken off its owner, once', async () => {
  const [owner, other] = [new Ledger(), new Ledger()];
  const make = (size: number) => Promise.resolve(new Device().createBuffer({ size, usage: STORAGE }));
  const first = await charge(owner, () => make(100));
  await charge(other, () => {
    first.destroy();
    first.destroy();
    return Promise.resolve();
  });
  await charge(owner, () => make(30));
  expect([owner.liveBytes, owner.peakBytes]).toEqual([30, 100]);
  expect(other.liveBytes).toBe(0);
});

test('a difference is a step’s share', () => {
  const ledger = new Ledger();
  const before = ledger.snapshot();
  ledger.counts.dispatches += 12;
  expect(difference(ledger.snapshot(), before, 3)).toMatchObject({ dispatches: 4, submits: 0 });
});
