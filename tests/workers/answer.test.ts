import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { GpuLostError } from '../../src/gpu/errors';
import { answer } from '../../workers/answering';
import type { Answer } from '../../workers/protocol/calls';
import type { TrainerCalls } from '../../workers/protocol/trainer';

let answers: Answer<TrainerCalls>[];
const emit = (one: Answer<TrainerCalls>) => void answers.push(one);
const after = (milliseconds: number) => new Promise<null>((resolve) => setTimeout(() => resolve(null), milliseconds));

beforeEach(() => {
  answers = [];
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

it('answers as soon as the work is done, once', async () => {
  await answer<TrainerCalls>(3, Promise.resolve(null), emit);
  await vi.advanceTimersByTimeAsync(1000);
  expect(answers).toEqual([{ kind: 'answer', id: 3, value: null }]);
});

it('acknowledges within 250 ms whatever the work takes, and answers when it is done', async () => {
  const done = answer<TrainerCalls>(4, after(10_000), emit);
  await vi.advanceTimersByTimeAsync(249);
  expect(answers).toEqual([{ kind: 'taken', id: 4 }]);
  await vi.advanceTimersByTimeAsync(10_000);
  await done;
  expect(answers).toEqual([
    { kind: 'taken', id: 4 },
    { kind: 'answer', id: 4, value: null },
  ]);
});

it('refuses under the id of the question, with the name of the error', async () => {
  await answer<TrainerCalls>(5, Promise.reject(new GpuLostError('gone')), emit);
  await vi.advanceTimersByTimeAsync(1000);
  expect(answers).toEqual([{ kind: 'error', id: 5, error: { name: 'GpuLostError', message: 'gone' } }]);
});

it('tells of a failure after the acknowledgement under the same id', async () => {
  const late = after(1000).then(() => Promise.reject(new GpuLostError('gone')));
  const done = answer<TrainerCalls>(6, late, emit);
  await vi.advanceTimersByTimeAsync(1000);
  await done;
  expect(answers).toEqual([
    { kind: 'taken', id: 6 },
    { kind: 'error', id: 6, error: { name: 'GpuLostError', message: 'gone' } },
  ]);
});
