import 'fake-indexeddb/auto';
import ort from 'onnxruntime-node';
import { beforeEach, describe, expect, it } from 'vitest';
import { GuestStore } from '../../src/checkpoint/guests';
import { writeOnnx } from '../../src/checkpoint/onnx';
import { MeasurementStore } from '../../src/lab/measure/measurement-store';
import { reportOf } from '../../src/lab/measure/report';
import { OnnxDecoder } from '../../src/onnx/decoder';
import { complete, readPromptFile } from '../../src/tasks/prompts';
import type { MeasurementOrder, MeasuringCalls, MeasuringNews } from '../../workers/protocol/measuring';
import { openHere } from '../chat/open-here';
import { MeasuringHost } from '../../workers/measuring/host';
import { readStoriesGuest, storiesAreHere } from '../oracle/stories';

const csv = `prompt,label\n${Array.from({ length: 7 }, (_, i) => `Tell me ${i} things,${i % 2 ? 'safe' : 'unsafe'}\n`).join('')}`;
const file = new File([csv], 'seven.csv');

describe.skipIf(!storiesAreHere)('the worker that measures', () => {
  let measurements: MeasurementStore;
  let guests: GuestStore;
  let news: MeasuringNews[];
  let open: number;
  let broken: boolean;
  let host: MeasuringHost;
  let heard: (one: MeasuringNews) => void;

  const newHost = () =>
    new MeasuringHost({
      tell: (one) => {
        news.push(one);
        heard(one);
      },
      guests,
      measurements,
      openChat: openHere,
      readPrompts: readPromptFile,
      judging: { fetch, unreachable: 'Start it.' },
      open: async ({ config, parameters, endTokens }) => {
        const bytes = writeOnnx({ config, parameters: parameters! }, { precision: 'f32' });
        const decoder = await OnnxDecoder.open(ort, bytes, { config, rules: { endTokens } });
        open += 1;
        const generate: OnnxDecoder['generate'] = (...asked) =>
          broken ? Promise.reject(new Error('The GPU went away.')) : decoder.generate(...asked);
        const close = () => {
          open -= 1;
          void decoder.dispose();
        };
        return {
          agent: { generate, next: (ids) => decoder.next(ids) },
          batch: 2,
          backend: 'ONNX Runtime',
          adapter: 'native',
          close,
        };
      },
    });

  beforeEach(() => {
    const name = crypto.randomUUID();
    guests = new GuestStore(`${name} guests`);
    measurements = new MeasurementStore(name);
    [news, open, broken] = [[], 0, false];
    heard = () => undefined;
    host = newHost();
  });

  const ask = async <Kind extends keyof MeasuringCalls>(kind: Kind, asked: MeasuringCalls[Kind]['asked']) =>
    (await host.carryOut({ ...asked, kind, id: 1 } as Parameters<
      MeasuringHost['carryOut']
    >[0])) as MeasuringCalls[Kind]['answer'];

  async function order(): Promise<MeasurementOrder> {
    const [guest] = await guests.keep([{ guest: await readStoriesGuest(), origin: { task: null, role: null } }]);
    const { fileId, guess, ...preview } = await ask('measuring.read', { file });
    expect(preview).toMatchObject({ format: 'CSV', columns: ['prompt', 'label'], rows: 7 });
    const { judges, settings } = await ask('measuring.offer', {});
    expect(judges.map(({ name }) => name)).toContain('phrases');
    return {
      guest,
      files: [{ fileId, name: 'seven', mapping: complete(guess, 'seven.csv', '') }],
      judge: { name: 'phrases', settings: {} },
      settings: { ...settings, maxNewTokens: 6 },
    };
  }
  const answered = () => news.flatMap((one) => (one.kind === 'answered' ? one.answers : []));

  it('measures to the end, batch by batch, and keeps everything', async () => {
    const head = await ask('measuring.begin', { order: await order() });
    expect(head).toMatchObject({ done: 0, total: 7, model: { name: 'stories260k' } });
    const done = await ask('measuring.ask', { measurement: head.id, key: '' });
    expect(done).toMatchObject({ done: 7, computed: { backend: 'ONNX Runtime', adapter: 'native' } });
    expect(done.report.asr?.prompts).toBe(4);
    expect(done.report.orr?.prompts).toBe(3);
    expect(Object.keys(done.report.sets)).toEqual(['seven unsafe', 'seven safe']);
    expect(news.filter(({ kind }) => kind === 'answered')).toHaveLength(4);
    expect(open).toBe(0);
    const { head: loaded, answers } = await ask('measuring.load', { measurement: head.id });
    expect(loaded).toEqual(done);
    expect(answers).toEqual(answered());
    expect(reportOf(answers)).toEqual(done.report);
    expect((await ask('measuring.list', {})).kept).toEqual([done]);
  });

  it('pauses after a batch, and another worker goes on to the very same answers', async () => {
    const { id } = await ask('measuring.begin', { order: await order() });
    heard = ({ kind }) => {
      if (kind === 'answered') void ask('measuring.pause', {});
    };
    expect(await ask('measuring.ask', { measurement: id, key: '' })).toMatchObject({ done: 2 });
    expect(open).toBe(1);
    expect(await ask('measuring.ask', { measurement: id, key: '' })).toMatchObject({ done: 4 });
    expect(open).toBe(1);
    heard = () => undefined;
    host = newHost();
    expect(await ask('measuring.ask', { measurement: id, key: '' })).toMatchObject({ done: 7 });
    const paused = answered();

    news = [];
    const whole = await ask('measuring.begin', { order: await order() });
    await ask('measuring.ask', { measurement: whole.id, key: '' });
    expect(answered()).toEqual(paused);
    expect((await ask('measuring.ask', { measurement: whole.id, key: '' })).done).toBe(7);
  });

  it('stands where it was when the model fails, and goes on with a new one', async () => {
    const { id } = await ask('measuring.begin', { order: await order() });
    heard = ({ kind }) => {
      broken ||= kind === 'answered';
    };
    await expect(ask('measuring.ask', { measurement: id, key: '' })).rejects.toThrow('The GPU went away.');
    expect(open).toBe(0);
    broken = false;
    heard = () => undefined;
    const { head } = await ask('measuring.load', { measurement: id });
    expect(head.done).toBe(2);
    expect(await ask('measuring.ask', { measurement: id, key: '' })).toMatchObject({ done: 7 });
  });

  it('is not led astray by another tab', async () => {
    const { id } = await ask('measuring.begin', { order: await order() });
    const asked = { kind: 'measuring.ask', id: 1, measurement: id, key: '' } as const;
    const outcomes = await Promise.allSettled([host, newHost()].map((tab) => tab.carryOut(asked)));
    const failed = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []));
    expect(failed).toEqual([expect.stringContaining('Another tab goes on')]);
    expect((await measurements.load(id)).head.done).toBe(7);
    const { answers } = await measurements.load(id);
    expect(new Set(answers.map(({ prompt }) => prompt.text)).size).toBe(7);
  });

  it('deletes a measurement and brings it back', async () => {
    const { id } = await ask('measuring.begin', { order: await order() });
    await ask('measuring.remove', { measurement: id });
    expect(await ask('measuring.list', {})).toEqual({ kept: [], aside: [{ id, why: 'removed' }] });
    await expect(ask('measuring.load', { measurement: id })).rejects.toThrow('no longer kept here');
    await ask('measuring.bring-back', { measurement: id });
    expect((await ask('measuring.list', {})).kept).toHaveLength(1);
    await ask('measuring.remove', { measurement: id });
    await measurements.purge(Date.now());
    await expect(ask('measuring.bring-back', { measurement: id })).rejects.toThrow('no longer kept here');
  });

  it('says what is wrong with an order', async () => {
    const given = await order();
    await expect(
      ask('measuring.begin', { order: { ...given, judge: { name: 'nobody', settings: {} } } }),
    ).rejects.toThrow('no judge "nobody"');
    await expect(
      ask('measuring.begin', { order: { ...given, judge: { name: 'phrases', settings: { phrases: ' ' } } } }),
    ).rejects.toThrow('no phrase');
    const { settings } = given;
    await expect(ask('measuring.begin', { order: { ...given, settings: { ...settings, limit: 0 } } })).rejects.toThrow(
      'limit',
    );
    await ask('measuring.drop', { fileId: given.files[0].fileId });
    await expect(ask('measuring.begin', { order: given })).rejects.toThrow('Choose it again');
    await expect(ask('measuring.read', { file: new File(['a,b\n"x'], 'a.csv') })).rejects.toThrow('a.csv, line 2');
    await expect(ask('measuring.ask', { measurement: 'none', key: '' })).rejects.toThrow('no longer kept here');
  });

  it('shows what files come to before anything is asked', async () => {
    const { fileId } = await ask('measuring.read', { file });
    expect(await ask('measuring.values', { fileId, column: 'label' })).toEqual({ unsafe: 'harmful', safe: 'benign' });
    const other = await ask('measuring.read', { file: new File(['q\nTell me 0 things\nHello\n'], 'b.csv') });
    const collected = await ask('measuring.collect', {
      files: [
        { fileId, name: 'seven', mapping: { prompt: 'prompt', context: null, labels: { whole: 'harmful' } } },
        { fileId: other.fileId, name: 'b', mapping: { prompt: 'q', context: null, labels: { whole: 'benign' } } },
      ],
    });
    expect(collected.sets).toEqual([
      { name: 'seven', metric: 'asr', prompts: 7 },
      { name: 'b', metric: 'orr', prompts: 1 },
    ]);
    expect(collected.files[1]).toMatchObject({ duplicates: 1, contradictions: 1 });
    expect(Object.values(collected.splits).reduce((sum, each) => sum + each)).toBe(8);
  });
});
