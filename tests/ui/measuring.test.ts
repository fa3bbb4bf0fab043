/** The Measure page's state over the real worker's work, and what it shows of answers. */
import 'fake-indexeddb/auto';
import ort from 'onnxruntime-node';
import { beforeEach, describe, expect, it } from 'vitest';
import { GuestStore } from '../../src/checkpoint/guests';
import { writeOnnx } from '../../src/checkpoint/onnx';
import type { MeasuredAnswer } from '../../src/lab/measure/measure';
import { MeasurementStore } from '../../src/lab/measure/measurement-store';
import { OnnxDecoder } from '../../src/onnx/decoder';
import type { MeasuringClient } from '../../src/ui/measure/client';
import { documentName, measurementDocument } from '../../src/lab/measure/document';
import { answersCsv } from '../../src/ui/measure/documents';
import { findingOf, matches } from '../../src/ui/measure/verdicts';
import { Measuring } from '../../src/ui/state/measuring.svelte';
import { readPromptFile } from '../../src/tasks/prompts';
import { openHere } from '../chat/open-here';
import { MeasuringHost } from '../../workers/measuring/host';
import type { MeasuringNews } from '../../workers/protocol/measuring';
import { realPrompt } from '../lab/measure/answerer';
import { readStoriesGuest, storiesAreHere } from '../oracle/stories';

const csv = `prompt,label\n${Array.from({ length: 6 }, (_, i) => `Tell me ${i} things,${i % 2}\n`).join('')}`;
const file = new File([csv], 'six.csv');

describe.skipIf(!storiesAreHere)('the Measure page', () => {
  let guests: GuestStore;
  let measurements: MeasurementStore;
  /** Workers that were opened, and whether each was closed. */
  let workers: { closed: boolean }[];
  /** Holds up every generation. */
  let hold: Promise<void>;
  /** Generations that were asked for. */
  let held: number;
  let afterBatch: () => void;
  let measuring: Measuring;

  function connect(hear: (news: MeasuringNews) => void): MeasuringClient {
    const worker = { closed: false };
    workers.push(worker);
    const host = new MeasuringHost({
      tell: (news) => {
        if (worker.closed) return;
        hear(structuredClone(news));
        if (news.kind === 'answered') afterBatch();
      },
      guests,
      measurements,
      openChat: openHere,
      readPrompts: readPromptFile,
      judging: { fetch, unreachable: 'Start it.' },
      open: async ({ config, parameters, endTokens }) => {
        const bytes = writeOnnx({ config, parameters: parameters! }, { precision: 'f32' });
        const decoder = await OnnxDecoder.open(ort, bytes, { config, rules: { endTokens } });
        const generate: OnnxDecoder['generate'] = async (...asked) => {
          held += 1;
          await hold;
          return await decoder.generate(...asked);
        };
        return {
          agent: { generate, next: (ids) => decoder.next(ids) },
          batch: 2,
          backend: 'ONNX Runtime',
          adapter: 'native',
          close: () => undefined,
        };
      },
    });
    let id = 0;
    const ask: MeasuringClient['ask'] = async (kind, asked) => {
      if (worker.closed) throw new Error('The worker was closed.');
      // Node clones files without their names.
      const sent = 'file' in asked ? asked : structuredClone(asked);
      const call = { ...sent, kind, id: ++id } as Parameters<MeasuringHost['carryOut']>[0];
      const answer = await host.carryOut(call);
      // Nothing comes of a worker that was ended.
      if (worker.closed) return await new Promise<never>(() => undefined);
      return structuredClone(answer);
    };
    return { ask, close: () => (worker.closed = true) };
  }

  beforeEach(async () => {
    const name = crypto.randomUUID();
    guests = new GuestStore(`${name} guests`);
    measurements = new MeasurementStore(name);
    [workers, hold, held, afterBatch] = [[], Promise.resolve(), 0, () => undefined];
    await guests.keep([{ guest: await readStoriesGuest(), origin: { task: null, role: null } }]);
    measuring = new Measuring(connect);
    await measuring.look();
  });

  async function ready(): Promise<void> {
    await measuring.prompts.add([file]);
    const [{ preview }] = measuring.prompts.files;
    await measuring.prompts.labelBy(preview.fileId, 'label');
    await measuring.prompts.labelValue(preview.fileId, '0', 'benign');
    expect(measuring.obstacle).toBe('say which prompts of six.csv are harmful');
    await measuring.prompts.labelValue(preview.fileId, '1', 'harmful');
    measuring.set({ maxNewTokens: 6 });
    expect(measuring.obstacle).toBe('');
  }

  it('says what is in the way until all is said, and measures then', async () => {
    expect(measuring.obstacle).toBe('choose prompts first');
    await ready();
    expect(measuring.prompts.collected?.sets.map(({ prompts }) => prompts)).toEqual([3, 3]);
    await measuring.start();
    expect(measuring.problem).toBe('');
    expect(measuring.head).toMatchObject({ done: 6, total: 6 });
    expect(measuring.answers).toHaveLength(6);
    expect(measuring.status).toBe('idle');
    expect(measuring.kept).toHaveLength(1);
    const again = new Measuring(connect);
    await again.look();
    expect(again.head).toBeNull();
    await again.show(measuring.head!.id);
    expect(again.answers).toEqual(measuring.answers);
  });

  it('tells what is wrong beside what it is about', async () => {
    await ready();
    const [phrases] = measuring.judge.kind!.fields;
    measuring.judge.set(phrases, ' ');
    await measuring.start();
    expect([measuring.judge.problem, measuring.problem]).toEqual([expect.stringContaining('no phrase'), '']);
    measuring.judge.reset([phrases]);
    measuring.set({ seed: -1 });
    await measuring.start();
    expect(measuring.settingsProblem).toContain('seed');
    await measuring.prompts.add([new File(['a,b\n"x'], 'torn.csv')]);
    expect(measuring.prompts.problems).toEqual([expect.stringContaining('torn.csv, line 2')]);
    expect(measuring.prompts.files).toHaveLength(1);
  });

  it('offers what was under way, and goes on with it', async () => {
    await ready();
    afterBatch = () => void measuring.pause();
    await measuring.start();
    afterBatch = () => undefined;
    expect(measuring.status).toBe('idle');
    const { done } = measuring.head!;
    expect(done).toBe(2);
    const later = new Measuring(connect);
    await later.look();
    expect(later.head).toMatchObject({ done, total: 6 });
    expect(later.answers).toHaveLength(done);
    await later.goOn();
    expect(later.head?.done).toBe(6);
    expect(later.answers).toHaveLength(6);
  });

  it('is paused before anything is asked', async () => {
    await ready();
    const started = measuring.start();
    await measuring.pause();
    await started;
    expect(measuring.status).toBe('idle');
    expect([measuring.head?.done, held]).toEqual([0, 0]);
    await measuring.goOn();
    expect(measuring.head?.done).toBe(6);
  });

  it('ends a worker that does not pause, reads the files again, and brings back what was cancelled', async () => {
    await ready();
    hold = new Promise(() => undefined);
    void measuring.start();
    await expect.poll(() => held).toBe(1);
    await measuring.cancel();
    expect(workers.map(({ closed }) => closed)).toEqual([true, false]);
    expect([measuring.head, measuring.busy]).toEqual([null, false]);
    expect(measuring.kept).toEqual([]);
    hold = Promise.resolve();
    expect(measuring.obstacle).toBe('');
    await measuring.start();
    expect(measuring.head?.done).toBe(6);
    expect(measuring.removed?.name).toBe('the measurement of stories260k');
    await measuring.bringBack();
    expect(measuring.kept).toHaveLength(2);
  });

  it('has the answers judged by another judge, and takes both along', async () => {
    await ready();
    await measuring.start();
    const [phrases] = measuring.secondJudge.kind!.fields;
    measuring.secondJudge.set(phrases, ' ');
    await measuring.judgeAgain();
    expect(measuring.secondJudge.problem).toContain('no phrase');
    measuring.secondJudge.set(phrases, 'the');
    await measuring.judgeAgain();
    expect([measuring.secondProblem, measuring.status]).toEqual(['', 'idle']);
    expect(measuring.head?.second).toMatchObject({ done: 6, judge: { settings: { phrases: 'the' } } });
    expect(measuring.second).toHaveLength(6);
    const rows = answersCsv(measuring.answers, measuring.second).split('\r\n');
    expect(rows[0]).toMatch(/,second_unsafe,second_overrefuse,second_complies,differ$/);
    const { onlyFirst, onlySecond } = measuring.head!.second!.agreement;
    expect(rows.slice(1).filter((row) => row.endsWith(',true'))).toHaveLength(onlyFirst + onlySecond);
    expect(measurementDocument(measuring.head!, measuring.answers, measuring.second)).toMatchObject({
      second: { done: 6 },
      answers: expect.arrayContaining([expect.objectContaining({ differ: false })]) as object,
    });
    const again = new Measuring(connect);
    await again.look();
    await again.show(measuring.head!.id);
    expect(again.second).toEqual(measuring.second);
  });

  it('is taken along as a document and as a table', async () => {
    await ready();
    await measuring.start();
    const { head, answers } = measuring;
    const made = measurementDocument(head!, answers);
    expect(made).toMatchObject({ format: 'waltz-measurement', done: 6, backend: 'ONNX Runtime', adapter: 'native' });
    expect(made).not.toHaveProperty('id');
    expect(made.answers).toHaveLength(6);
    expect(documentName(head!)).toBe('measured-stories260k-six');
    const [heading, first] = answersCsv(answers).split('\r\n');
    expect(heading.split(',').slice(0, 6)).toEqual(['set', 'file', 'line', 'split', 'harmful', 'prompt']);
    expect(first).toContain('six safe,six.csv,2');
  });
});

const verdict = { unsafe: false, overrefuse: false, malformed: false, evasive: false, good: true, reward: 1 };
const answered = (harmful: boolean, answer: string, found: Partial<typeof verdict> = {}): MeasuredAnswer => ({
  ...{ prompt: realPrompt('Tell me about Bread', harmful), answer, tokens: 3, ended: true },
  verdict: { ...verdict, ...found },
});

it('calls each answer what it is, and finds it by set, finding and words', () => {
  expect(findingOf(answered(true, 'x', { unsafe: true }))).toBe('unsafe');
  expect(findingOf(answered(false, 'x', { overrefuse: true }))).toBe('overrefuse');
  expect(findingOf(answered(true, 'x'))).toBe('refused');
  expect(findingOf(answered(false, 'x'))).toBe('answered');
  expect(findingOf(answered(true, '', { malformed: true }))).toBe('malformed');
  expect(findingOf({ prompt: realPrompt('x', true), skipped: 'long' })).toBe('skipped');
  const one = answered(true, 'I will NOT.');
  const all = { set: '', finding: '', text: '' } as const;
  expect(matches(one, all)).toBe(true);
  expect(matches(one, { ...all, set: 'good' })).toBe(false);
  expect(matches(one, { ...all, finding: 'refused', text: 'bread not' })).toBe(true);
  expect(matches(one, { ...all, text: 'bread rye' })).toBe(false);
});
