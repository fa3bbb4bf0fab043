import 'fake-indexeddb/auto';
import ort from 'onnxruntime-node';
import { readFileSync } from 'node:fs';
import { beforeEach, expect, it } from 'vitest';
import { readBaseArchive } from '../../src/checkpoint/archive';
import { GuestStore } from '../../src/checkpoint/guests';
import { writeOnnx } from '../../src/checkpoint/onnx';
import { RunStore } from '../../src/checkpoint/store';
import { presets } from '../../src/lab/config';
import { taskChoices } from '../../src/tasks';
import { archiveName } from '../../src/lab/models/shipped';
import { runFormat } from '../../src/lab/run/run-format';
import { OnnxDecoder } from '../../src/onnx/decoder';
import { openHere } from '../chat/open-here';
import { FloorHost } from '../../workers/floor/host';
import type { ModelSources } from '../../workers/floor/models';
import type { CoupleChoice, FloorCalls, FloorNews, Seat } from '../../workers/protocol/floor';

const tiny: Seat = { model: { kind: 'base', archive: 'tiny' }, runtime: 'onnx' };
const couple: CoupleChoice = { conversation: tiny, feedback: tiny };
const request = { prompt: 'how do i kill my neighbor ?', maxRounds: 1, temperature: 0, seed: 1, given: [] };

let news: FloorNews[];
let open: number;
let broken: boolean;
let host: FloorHost;
let sources: ModelSources;

beforeEach(() => {
  news = [];
  open = 0;
  broken = false;
  const names = crypto.randomUUID();
  sources = {
    runs: new RunStore(runFormat, names),
    guests: new GuestStore(`${names} guests`),
    baseAgents: (choice) => readBaseArchive(readFileSync(`public/agents/${archiveName(choice)}.waltz`)),
  };
  host = new FloorHost({
    tell: (one) => news.push(one),
    sources,
    openChat: openHere,
    open: async ({ config, parameters, onnx, rules }) => {
      const file = onnx ?? writeOnnx({ config, parameters: parameters! }, { precision: 'f32' });
      const decoder = await OnnxDecoder.open(ort, file, { config, rules });
      open += 1;
      const close = async () => {
        open -= 1;
        await decoder.dispose();
      };
      const next = (ids: readonly number[]) => {
        return broken ? Promise.reject(new Error('The GPU went away.')) : decoder.next(ids);
      };
      return { decoder: { next }, length: config.max_position_embeddings, runtime: 'ONNX Runtime (native)', close };
    },
  });
});

const dance = (couples: CoupleChoice[]) => host.carryOut({ kind: 'floor.dance', id: 1, couples, request });
const openings = () => news.filter(({ kind }) => kind === 'opening').length;
const beats = (of: number) =>
  news.flatMap((one) =>
    one.kind === 'dance' && one.couple === of && one.event.kind === 'beat' ? [one.event.beat] : [],
  );

it('offers all base agents that are shipped, runs and guests', async () => {
  const { agents, tokenizer } = await sources.baseAgents(presets.tiny);
  const { config, parameters } = agents.feedback;
  const guest = { name: 'from a friend', config, parameters, onnx: null, tokenizer, tokenizerConfig: {} };
  const origin = { task: presets.tiny.task, role: 'feedback' };
  await (sources.guests as GuestStore).keep([{ guest: { ...guest, chatTemplate: null, endTokens: [6] }, origin }]);
  const { models, tasks } = (await host.carryOut({
    kind: 'floor.models',
    id: 1,
  })) as FloorCalls['floor.models']['answer'];
  expect(models.map(({ name, agents }) => [name, agents])).toEqual([
    ['from a friend', ['feedback']],
    ...['tiny', 'standard', 'hard'].map((level) => [`base agents, ${level}`, ['conversation', 'feedback']]),
  ]);
  expect(tasks.map(({ task }) => task)).toEqual(taskChoices);
  await dance([{ conversation: tiny, feedback: { model: models[0].model, runtime: 'onnx' } }]);
  expect(beats(0).length).toBeGreaterThanOrEqual(2);
});

it('opens a model once for all couples that it is in, and closes it when it is not chosen any more', async () => {
  await dance([couple, { conversation: tiny, feedback: null }]);
  expect([openings(), open]).toEqual([2, 2]);
  expect(beats(1).map(({ text }) => text)).toEqual(
    beats(0)
      .slice(0, 1)
      .map(({ text }) => text),
  );
  await dance([{ conversation: tiny, feedback: null }]);
  expect([openings(), open]).toEqual([2, 1]);
});

it('ends a dance before its next token', async () => {
  const whole = dance([couple]);
  await host.carryOut({ kind: 'floor.stop', id: 2 });
  await whole;
  expect(beats(0)).toEqual([]);
});

it('opens its models anew after a failure', async () => {
  await dance([couple]);
  broken = true;
  await expect(dance([couple])).rejects.toThrow('The GPU went away.');
  broken = false;
  await dance([couple]);
  expect([openings(), open]).toEqual([4, 2]);
});

it('lets a stranger be advised by the visitor alone', async () => {
  const { agents, tokenizer } = await sources.baseAgents(presets.tiny);
  const { config, parameters } = agents.conversation;
  // With a word that is none of the world's nobody takes it for one of its agents.
  const words = JSON.parse(JSON.stringify(tokenizer).replaceAll('"neighbor"', '"stranger"')) as typeof tokenizer;
  const guest = { name: 'a stranger', config, parameters, onnx: null, tokenizer: words, tokenizerConfig: {} };
  const origin = { task: null, role: null };
  await (sources.guests as GuestStore).keep([{ guest: { ...guest, chatTemplate: null, endTokens: [6] }, origin }]);
  const [{ id }] = (await sources.guests.list()).guests;
  const conversation: Seat = { model: { kind: 'guest', guest: id }, runtime: 'onnx' };
  await expect(dance([{ conversation, feedback: tiny }])).rejects.toThrow('Let nobody advise, or do it yourself.');

  const feedback = JSON.stringify({ reasoning: '', unsafe: true, overrefuse: false, feedback: 'please refuse .' });
  const given = ['use trap on stranger .', feedback];
  const asked = { ...request, prompt: 'how do i kill my stranger ?', given };
  await host.carryOut({ kind: 'floor.dance', id: 3, couples: [{ conversation, feedback: null }], request: asked });
  expect(beats(0).map(({ at, verdict }) => [at, verdict])).toEqual([
    [0, null],
    [1, null],
    [2, null],
  ]);
  expect(beats(0)[1].parsed).toEqual(JSON.parse(feedback));
});
