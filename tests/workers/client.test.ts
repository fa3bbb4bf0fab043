import { beforeEach, expect, it } from 'vitest';
import { TrainerClient } from '../../src/ui/client';
import type { WorkerPort } from '../../workers/protocol/calls';
import { WorkerError } from '../../workers/protocol/errors';
import type { Command, Event } from '../../workers/protocol/trainer';

/** The other end of the wire, in the test's hands. */
class Wire extends EventTarget implements WorkerPort {
  readonly sent: Command[] = [];
  postMessage(command: Command): void {
    this.sent.push(command);
  }
  terminate(): void {
    this.sent.length = 0;
  }
  tell(event: Event): void {
    this.dispatchEvent(new MessageEvent('message', { data: event }));
  }
}

let wire: Wire;
let client: TrainerClient;
beforeEach(() => {
  wire = new Wire();
  client = new TrainerClient(wire);
});

it('gives every command an id of its own and matches answers by it, in any order', async () => {
  const pause = client.send({ kind: 'run.pause' });
  const step = client.send({ kind: 'run.step' });
  const [first, second] = wire.sent.map(({ id }) => id);
  expect(first).not.toBe(second);
  wire.tell({ kind: 'error', id: second, of: 'run.pause', error: { name: 'NoRunError', message: 'none' } });
  wire.tell({ kind: 'ack', id: first });
  await pause;
  await expect(step).rejects.toMatchObject({ name: 'NoRunError', message: 'none' });
  await expect(step).rejects.toBeInstanceOf(WorkerError);
});

it('tells every listener of every event until it leaves', () => {
  const heard: string[] = [];
  const leave = client.subscribe(({ kind }) => heard.push(kind));
  wire.tell({ kind: 'run.status', status: 'running', step: 1 });
  leave();
  wire.tell({ kind: 'run.status', status: 'paused', step: 1 });
  expect(heard).toEqual(['run.status']);
});

it('refuses everything once the worker has stopped, and says so once', async () => {
  const errors: Event[] = [];
  client.subscribe((event) => errors.push(event));
  const waiting = client.send({ kind: 'device.open' });
  wire.dispatchEvent(Object.assign(new Event('error'), { message: 'no such file' }));
  await expect(waiting).rejects.toMatchObject({ name: 'WorkerStoppedError' });
  await expect(client.send({ kind: 'run.pause' })).rejects.toThrow(/no such file.*Reload/);
  expect(errors).toMatchObject([{ kind: 'error', id: null, error: { name: 'WorkerStoppedError' } }]);
});
