import { beforeEach, expect, it, vi } from 'vitest';
import { connectTrainer } from '../../src/ui/client';
import type { Answer, Question, WorkerPort } from '../../workers/protocol/calls';
import { WorkerError, type WireError } from '../../workers/protocol/errors';
import type { TrainerCalls, TrainerNews } from '../../workers/protocol/trainer';

/** The other end of the wire, in the test's hands. */
class Wire extends EventTarget implements WorkerPort {
  readonly asked: Question<TrainerCalls>[] = [];
  postMessage(question: Question<TrainerCalls>): void {
    this.asked.push(question);
  }
  terminate(): void {
    this.asked.length = 0;
  }
  tell(answer: Answer<TrainerCalls, TrainerNews>): void {
    this.dispatchEvent(new MessageEvent('message', { data: answer }));
  }
}

let wire: Wire;
let heard: TrainerNews[];
let stopped: WireError[];
let client: ReturnType<typeof connectTrainer>;
beforeEach(() => {
  wire = new Wire();
  heard = [];
  stopped = [];
  client = connectTrainer(
    (news) => heard.push(news),
    (error) => stopped.push(error),
    wire,
  );
});

it('gives every question an id of its own and matches answers by it, in any order', async () => {
  const pause = client.ask('run.pause', {});
  const step = client.ask('run.step', {});
  const [first, second] = wire.asked.map(({ id }) => id);
  expect(first).not.toBe(second);
  wire.tell({ kind: 'error', id: second, error: { name: 'NoRunError', message: 'none' } });
  wire.tell({ kind: 'answer', id: first, value: null });
  await pause;
  await expect(step).rejects.toMatchObject({ name: 'NoRunError', message: 'none' });
  await expect(step).rejects.toBeInstanceOf(WorkerError);
});

it('tells that a question is taken before it is answered, and leaves it open', async () => {
  const taken = vi.fn();
  const stop = client.ask('run.stop', {}, taken);
  const [{ id }] = wire.asked;
  wire.tell({ kind: 'taken', id });
  expect(taken).toHaveBeenCalledTimes(1);
  wire.tell({ kind: 'error', id, error: { name: 'StoreFullError', message: 'full' } });
  await expect(stop).rejects.toMatchObject({ name: 'StoreFullError' });
});

it('tells news in the order in which it comes', () => {
  for (const step of [1, 2]) wire.tell({ kind: 'news', news: { kind: 'run.status', status: 'running', step } });
  expect(heard.map((news) => 'step' in news && news.step)).toEqual([1, 2]);
});

it('refuses everything once the worker has stopped, and says so once', async () => {
  const waiting = client.ask('device.open', {});
  wire.dispatchEvent(Object.assign(new Event('error'), { message: 'no such file' }));
  await expect(waiting).rejects.toMatchObject({ name: 'WorkerStoppedError' });
  await expect(client.ask('run.pause', {})).rejects.toThrow(/no such file.*Reload/);
  expect(stopped).toMatchObject([{ name: 'WorkerStoppedError' }]);
});
