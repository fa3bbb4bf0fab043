import { expect, it } from 'vitest';
import type { Answer, Question, WorkerPort } from '../../workers/protocol/calls';
import { OnnxClient } from '../../workers/onnx/client';
import type { Calls, OnnxModel } from '../../workers/protocol/onnx';
import { WorkerError } from '../../workers/protocol/errors';
import { tinyConfigs } from '../oracle/configs';

/** The other end of the wire, in the test's hands. */
class Wire extends EventTarget implements WorkerPort {
  readonly asked: Question<Calls>[] = [];
  ended = false;
  postMessage(question: Question<Calls>): void {
    this.asked.push(question);
  }
  terminate(): void {
    this.ended = true;
  }
  tell(answer: Answer<Calls>): void {
    this.dispatchEvent(new MessageEvent('message', { data: answer }));
  }
}

const model: OnnxModel = { config: tinyConfigs['tied, grouped-query'], rules: { endTokens: [5] } };
const running = { provider: 'wasm', reason: 'no GPU' } as const;

async function open() {
  const wire = new Wire();
  const opening = OnnxClient.open(new Uint8Array([1]), model, wire);
  wire.tell({ kind: 'answer', id: wire.asked[0].id, value: running });
  return { wire, client: await opening };
}

it('opens the model, tells what it runs on, and matches answers to questions by their ids', async () => {
  const { wire, client } = await open();
  expect(wire.asked[0]).toMatchObject({ kind: 'open', ...model });
  expect(client.running).toEqual(running);
  const [first, second] = [client.next([1]), client.next([1, 2])];
  const [{ id: one }, { id: two }] = wire.asked.slice(1);
  wire.tell({ kind: 'error', id: two, error: { name: 'BatchError', message: 'too long' } });
  wire.tell({ kind: 'answer', id: one, value: new Float32Array([7]) });
  expect(await first).toEqual(new Float32Array([7]));
  await expect(second).rejects.toMatchObject({ name: 'BatchError', message: 'too long' });
  await expect(second).rejects.toBeInstanceOf(WorkerError);
  expect(wire.ended).toBe(false);
});

it('ends the worker of a model that does not open', async () => {
  const wire = new Wire();
  const opening = OnnxClient.open(new Uint8Array([1]), model, wire);
  wire.tell({ kind: 'error', id: wire.asked[0].id, error: { name: 'OnnxLayoutError', message: 'no logits' } });
  await expect(opening).rejects.toMatchObject({ name: 'OnnxLayoutError', message: 'no logits' });
  expect(wire.ended).toBe(true);
});

it('leaves nobody waiting when the worker stops or is closed', async () => {
  const stopped = await open();
  const waiting = stopped.client.next([1]);
  stopped.wire.tell({ kind: 'stopped', error: { name: 'RangeError', message: 'out of memory' } });
  await expect(waiting).rejects.toMatchObject({ name: 'WorkerStoppedError' });
  await expect(waiting).rejects.toThrow(/out of memory/);
  await expect(stopped.client.next([1])).rejects.toMatchObject({ name: 'WorkerStoppedError' });
  expect(stopped.wire.ended).toBe(true);

  const closed = await open();
  const cut = closed.client.next([1]);
  closed.client.close();
  await expect(cut).rejects.toMatchObject({ name: 'WorkerClosedError' });
  await expect(closed.client.next([1])).rejects.toMatchObject({ name: 'WorkerClosedError' });
  expect(closed.wire.ended).toBe(true);
});
