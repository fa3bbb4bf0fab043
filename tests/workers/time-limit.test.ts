import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { WorkerCalls, type Answer, type WorkerPort } from '../../workers/protocol/calls';

interface Calls {
  work: { asked: { long: number }; answer: number };
}

type Hear = (event: { data: unknown }) => void;

/** A worker that answers when it is told to. */
class Port {
  ended = false;
  readonly asked: number[] = [];
  #hear: Hear = () => undefined;

  postMessage({ id }: { id: number }): void {
    this.asked.push(id);
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    if (type === 'message') this.#hear = listener as Hear;
  }

  terminate(): void {
    this.ended = true;
  }

  says(data: Answer<Calls>): void {
    this.#hear({ data });
  }
}

let port: Port;
let calls: WorkerCalls<Calls>;

beforeEach(() => {
  vi.useFakeTimers();
  port = new Port();
  calls = new WorkerCalls<Calls>(port as unknown as WorkerPort, 'The worker', {
    limit: {
      of: ({ long }) => long,
      fault: (milliseconds) => ({ name: 'TimeLimitError', message: `after ${milliseconds}` }),
    },
  });
});
afterEach(() => vi.useRealTimers());

const ends = (answer: Promise<number>) => expect(answer).rejects.toMatchObject({ name: 'TimeLimitError' });

it('ends a worker that does not answer in time, and refuses all that was asked', async () => {
  port.says({ kind: 'ready' });
  const both = Promise.all([ends(calls.ask('work', { long: 100 })), ends(calls.ask('work', { long: 100 }))]);
  await vi.advanceTimersByTimeAsync(99);
  expect(port.ended).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(port.ended).toBe(true);
  await both;
  await ends(calls.ask('work', { long: 100 }));
});

it('counts from where the worker has loaded', async () => {
  const answer = calls.ask('work', { long: 100 });
  await vi.advanceTimersByTimeAsync(60_000);
  port.says({ kind: 'ready' });
  await vi.advanceTimersByTimeAsync(99);
  port.says({ kind: 'answer', id: port.asked[0], value: 7 });
  expect(await answer).toBe(7);
  expect(port.ended).toBe(false);
});

it('gives each question its own time, from where those before it are answered', async () => {
  port.says({ kind: 'ready' });
  const first = calls.ask('work', { long: 100 });
  const second = calls.ask('work', { long: 50 });
  await vi.advanceTimersByTimeAsync(90);
  port.says({ kind: 'error', id: port.asked[0], error: { name: 'Error', message: 'no' } });
  await expect(first).rejects.toThrow('no');
  await vi.advanceTimersByTimeAsync(49);
  expect(port.ended).toBe(false);
  const refused = ends(second);
  await vi.advanceTimersByTimeAsync(1);
  await refused;
});

it('never ends an idle worker', async () => {
  port.says({ kind: 'ready' });
  const answer = calls.ask('work', { long: 100 });
  port.says({ kind: 'answer', id: port.asked[0], value: 1 });
  await answer;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(port.ended).toBe(false);
});
