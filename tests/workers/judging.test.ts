/** The worker that measures with a judge behind a server that may fail or hang. */
import 'fake-indexeddb/auto';
import ort from 'onnxruntime-node';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GuestStore } from '../../src/checkpoint/guests';
import { writeOnnx } from '../../src/checkpoint/onnx';
import { differ } from '../../src/lab/measure/agreement';
import type { Answered } from '../../src/lab/measure/measure';
import { MeasurementStore } from '../../src/lab/measure/measurement-store';
import { OnnxDecoder } from '../../src/onnx/decoder';
import type { JudgeChoice } from '../../src/judges';
import { complete, readPromptFile } from '../../src/tasks/prompts';
import { MeasuringHost } from '../../workers/measuring/host';
import type { MeasuringCalls } from '../../workers/protocol/measuring';
import { openHere } from '../chat/open-here';
import { chatServer, completion, sendJson, type ChatServer, type Respond } from '../judges/chat-server';
import { readStoriesGuest, storiesAreHere } from '../oracle/stories';

const csv = `prompt,label\n${Array.from({ length: 6 }, (_, i) => `Tell me ${i} things,${i % 2 ? 'safe' : 'unsafe'}\n`).join('')}`;

describe.skipIf(!storiesAreHere)('measuring with an endpoint', () => {
  let server: ChatServer;
  let host: MeasuringHost;
  let generated: number;
  let respond: Respond;

  const ask = async <Kind extends keyof MeasuringCalls>(kind: Kind, asked: MeasuringCalls[Kind]['asked']) =>
    (await host.carryOut({ ...asked, kind, id: 1 } as Parameters<
      MeasuringHost['carryOut']
    >[0])) as MeasuringCalls[Kind]['answer'];

  beforeEach(async () => {
    [generated, respond] = [0, (_, response) => sendJson(response, completion('No', [{ No: 0.9, Yes: 0.1 }]))];
    server = await chatServer((...given) => respond(...given));
    const name = crypto.randomUUID();
    host = new MeasuringHost({
      tell: () => undefined,
      guests: new GuestStore(`${name} guests`),
      measurements: new MeasurementStore(name),
      openChat: openHere,
      readPrompts: readPromptFile,
      judging: { fetch, unreachable: 'Start it.' },
      open: async ({ config, parameters, endTokens }) => {
        const bytes = writeOnnx({ config, parameters: parameters! }, { precision: 'f32' });
        const decoder = await OnnxDecoder.open(ort, bytes, { config, rules: { endTokens } });
        const generate: OnnxDecoder['generate'] = (...given) => {
          generated += 1;
          return decoder.generate(...given);
        };
        const close = () => void decoder.dispose();
        return {
          agent: { generate, next: (ids) => decoder.next(ids) },
          batch: 3,
          backend: 'ONNX Runtime',
          adapter: 'native',
          close,
        };
      },
    });
    await new GuestStore(`${name} guests`).keep([
      { guest: await readStoriesGuest(), origin: { task: null, role: null } },
    ]);
  });
  afterEach(() => server.close());

  async function begin(judge?: JudgeChoice) {
    const { models, settings } = await ask('measuring.offer', {});
    const { fileId, guess } = await ask('measuring.read', { file: new File([csv], 'six.csv') });
    const order = {
      ...{ guest: models[0].guest, files: [{ fileId, name: 'six', mapping: complete(guess, 'six.csv', '') }] },
      judge: judge ?? { name: 'endpoint', settings: { address: server.address, parallel: 1 } },
      settings: { ...settings, maxNewTokens: 6 },
    };
    return await ask('measuring.begin', { order });
  }

  it('keeps probabilities, counts requests, and writes no key anywhere', async () => {
    const { id } = await begin();
    const head = await ask('measuring.ask', { measurement: id, key: 'sk-secret' });
    expect(head).toMatchObject({ done: 6, requests: 6, report: { asr: { rate: 1 }, orr: { rate: 0 } } });
    expect(server.requests[0].headers.authorization).toBe('Bearer sk-secret');
    const loaded = await ask('measuring.load', { measurement: id });
    expect(loaded.answers[0]).toMatchObject({ verdict: { complies: expect.closeTo(0.9) as number } });
    expect(JSON.stringify(loaded)).not.toContain('sk-secret');
  });

  it('pauses with the error of a server that fails, and goes on without asking or writing anything twice', async () => {
    const { id } = await begin();
    let broken = true;
    respond = (_, response, count) =>
      broken && count === 5 ? void response.writeHead(500).end('no memory') : sendJson(response, completion('No'));
    await expect(ask('measuring.ask', { measurement: id, key: '' })).rejects.toThrow('answers 500 ("no memory")');
    expect((await ask('measuring.load', { measurement: id })).head).toMatchObject({ done: 3, requests: 5 });
    expect([generated, server.requests.length]).toEqual([2, 5]);
    broken = false;
    expect(await ask('measuring.ask', { measurement: id, key: '' })).toMatchObject({ done: 6, requests: 7 });
    // Of six answers five were judged right away, and one again.
    expect([generated, server.requests.length]).toEqual([2, 7]);
    const asked = server.requests.map(({ body }) => body.messages[0].content);
    expect(new Set(asked).size).toBe(6);
  });

  it('ends the requests of a server that hangs when it is paused', async () => {
    const { id } = await begin();
    let ended = false;
    respond = (_, response) => void response.on('close', () => (ended = true));
    const measuring = ask('measuring.ask', { measurement: id, key: '' });
    await vi.waitFor(() => expect(server.requests).toHaveLength(1), 5000);
    await ask('measuring.pause', {});
    expect(await measuring).toMatchObject({ done: 0 });
    await vi.waitFor(() => expect(ended).toBe(true));
    respond = (_, response) => sendJson(response, completion('No'));
    expect(await ask('measuring.ask', { measurement: id, key: '' })).toMatchObject({ done: 6 });
    expect(generated).toBe(2);
  });

  it('has one model judge another, and names it', async () => {
    const [{ guest }] = (await ask('measuring.offer', {})).models;
    const words = { yes: 'the', no: 'she' };
    const head = await begin({ name: 'model', settings: { model: guest, ...words } });
    expect(head.judge).toMatchObject({ name: 'model', model: { name: 'stories260k', parameters: 260032 } });
    expect(await ask('measuring.ask', { measurement: head.id, key: '' })).toMatchObject({ done: 6, requests: 0 });
    const { answers } = await ask('measuring.load', { measurement: head.id });
    for (const answer of answers) {
      const { complies } = (answer as Answered).verdict;
      expect(complies).toBeGreaterThan(0);
      expect(complies).toBeLessThan(1);
    }
    await expect(begin({ name: 'model', settings: { model: 'gone', ...words } })).rejects.toThrow();
  });

  it('has a second judge judge the answers alone, through a failure, and tells how far the two agree', async () => {
    const { id } = await begin({ name: 'phrases', settings: { phrases: 'no such phrase' } });
    await ask('measuring.ask', { measurement: id, key: '' });
    const written = generated;
    let broken = true;
    respond = ({ body }, response, count) => {
      const [{ content }] = body.messages;
      if (broken && count === 4) response.writeHead(500).end();
      else sendJson(response, completion(/Tell me [01] /.test(content) ? 'Yes' : 'No'));
    };
    const judge = { name: 'endpoint', settings: { address: server.address, parallel: 1 } };
    const again = () => ask('measuring.judge-again', { measurement: id, judge, key: '' });
    await expect(again()).rejects.toThrow('answers 500');
    expect((await ask('measuring.load', { measurement: id })).head.second).toMatchObject({ done: 0, requests: 4 });
    broken = false;
    const head = await again();
    expect([generated, server.requests.length]).toEqual([written, 7]);
    expect(head.second).toMatchObject({
      ...{ done: 6, requests: 7, judge: { name: 'endpoint' } },
      report: { asr: { rate: 2 / 3 }, orr: { rate: 1 / 3 } },
      agreement: { both: 4, onlyFirst: 2, onlySecond: 0, neither: 0, kappa: null },
    });
    const { head: loaded, answers, second } = await ask('measuring.load', { measurement: id });
    expect(loaded).toEqual(head);
    expect(answers.map((answer, i) => differ(answer, second[i]))).toEqual([true, true, false, false, false, false]);

    // Another one takes its place, and a judge that was asked before is not asked again.
    await ask('measuring.judge-again', { measurement: id, judge: { name: 'phrases', settings: {} }, key: '' });
    expect((await ask('measuring.load', { measurement: id })).head.second).toMatchObject({ requests: 0, done: 6 });
    expect((await again()).second).toMatchObject({ requests: 0, done: 6, agreement: head.second!.agreement });
    await ask('measuring.remove', { measurement: id });
    await ask('measuring.bring-back', { measurement: id });
    expect((await ask('measuring.load', { measurement: id })).second).toHaveLength(6);
  });
});
