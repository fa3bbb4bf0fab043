import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { answer } from '../../workers/trainer/answer';
import { GpuLostError } from '../../src/gpu/errors';
import type { Event } from '../../workers/protocol/trainer';

let events: Event[];
const command = (id: number) => ({ id, kind: 'run.export' as const });
const emit = (event: Event) => void events.push(event);

beforeEach(() => {
  events = [];
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

it('acknowledges as soon as the work is done, once', async () => {
  await answer(command(3), Promise.resolve(), emit);
  await vi.advanceTimersByTimeAsync(1000);
  expect(events).toEqual([{ kind: 'ack', id: 3 }]);
});

it('acknowledges within 250 ms whatever the work takes', async () => {
  const done = answer(command(4), new Promise((resolve) => setTimeout(resolve, 10_000)), emit);
  await vi.advanceTimersByTimeAsync(249);
  expect(events).toEqual([{ kind: 'ack', id: 4 }]);
  await vi.advanceTimersByTimeAsync(10_000);
  await done;
  expect(events).toHaveLength(1);
});

it('refuses under the id of the command, with the name of the error', async () => {
  await answer(command(5), Promise.reject(new GpuLostError('gone')), emit);
  await vi.advanceTimersByTimeAsync(1000);
  expect(events).toEqual([
    { kind: 'error', id: 5, of: 'run.export', error: { name: 'GpuLostError', message: 'gone' } },
  ]);
});

it('tells of a failure after the ack by the kind alone: a command has one answer', async () => {
  const late = new Promise<void>((_, reject) => setTimeout(() => reject(new GpuLostError('gone')), 1000));
  const done = answer(command(6), late, emit);
  await vi.advanceTimersByTimeAsync(1000);
  await done;
  expect(events).toEqual([
    { kind: 'ack', id: 6 },
    { kind: 'error', id: null, of: 'run.export', error: { name: 'GpuLostError', message: 'gone' } },
  ]);
});
