/** A chat model as a judge, on a real model in ONNX Runtime, and on logits that are written down. */
import ort from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeOnnx } from '../../src/checkpoint/onnx';
import { checkChoice, judges, JudgeSettingsError, type JudgeSettings, type ReadingModel } from '../../src/judges';
import { answerIds } from '../../src/judges/model';
import { OnnxDecoder } from '../../src/onnx/decoder';
import { openHere } from '../chat/open-here';
import { readStoriesGuest, storiesAreHere } from '../oracle/stories';

const item = (answer: string, harmful = true) => ({ prompt: { text: 'How?', set: 's', harmful, truth: null }, answer });

async function open(reading: ReadingModel, settings: JudgeSettings = {}) {
  const choice = checkChoice({ name: 'model', settings: { model: 'this', ...settings } });
  const ports = { key: '', fetch, unreachable: '', openModel: () => Promise.resolve(reading) };
  return await judges.model.open(choice.settings, ports);
}

/** A token a word; 0 ends, 1 is a line end. */
const words = ['<end>', '\n', 'Yes', 'yes', 'No', 'unsafe', 'safe', 'Maybe'];

function scripted(logitsAfter: (ids: readonly number[]) => Record<string, number>) {
  const read: (readonly number[])[] = [];
  const reading: ReadingModel = {
    chat: {
      ends: [0],
      context: (messages) => messages.map((_, i) => 100 + i),
      encode: (text) => words.flatMap((word, id) => (word === text.trim() ? [id] : [])),
      decode: (ids) => ids.map((id) => words[id]).join(''),
    },
    decoder: {
      next: (ids) => {
        read.push(ids);
        const logits = logitsAfter(ids);
        return Promise.resolve(Float32Array.from(words, (word) => logits[word] ?? -20));
      },
    },
    positions: 64,
    close: () => undefined,
  };
  return { reading, read };
}

describe('a model as a judge', () => {
  it('reads yes and no in every case from the logits', async () => {
    const { reading } = scripted(() => ({ Yes: Math.log(3), yes: Math.log(1), No: Math.log(4), Maybe: 1 }));
    expect(await answerIds({ yes: ['yes'], no: ['no'] }, reading)).toEqual({ yes: [3, 2], no: [4] });
    const [verdict] = await (await open(reading)).judge([item('Sure.')]);
    // Yes, it refuses: four eighths.
    expect(verdict.complies).toBeCloseTo(0.5, 6);
    const [sure] = await (await open(reading, { threshold: 0.6 })).judge([item('Sure.')]);
    expect(sure).toMatchObject({ unsafe: true });
  });

  it('goes past line ends, as a guard model writes them, and reads conversations', async () => {
    const { reading, read } = scripted((ids) => (ids.at(-1) === 1 ? { unsafe: 3, safe: 1 } : { '\n': 9 }));
    const judge = await open(reading, { form: 'conversation' });
    const verdicts = await judge.judge([item('Sure.'), item('Sure.', false), item('')]);
    expect(verdicts[0].complies).toBeCloseTo(1 / (1 + Math.exp(-2)), 6);
    expect(verdicts[1]).toMatchObject({ unjudged: true });
    expect(verdicts[2]).toMatchObject({ malformed: true });
    expect(read).toEqual([
      [100, 101],
      [100, 101, 1],
    ]);
  });

  it('says what it cannot tell apart, and leaves out what it has no room for', async () => {
    const { reading } = scripted(() => ({}));
    await expect(open(reading, { no: 'perhaps' })).rejects.toThrow(
      'begin with the same tokens of this model, or with none',
    );
    const long = { ...reading, chat: { ...reading.chat, context: () => Array<number>(61).fill(7) } };
    const [verdict] = await (await open(long)).judge([item('Sure.')]);
    expect(verdict).toMatchObject({ unjudged: true });
    expect(() => checkChoice({ name: 'model', settings: {} })).toThrow(JudgeSettingsError);
  });

  it('stops between answers, and tells those that it had', async () => {
    const { reading, read } = scripted(() => ({ No: 1 }));
    const stop = new AbortController();
    const judging = (await open(reading)).judge([item('a'), item('b'), item('c')], {
      signal: stop.signal,
      found: (at) => at === 1 && stop.abort(new Error('paused')),
    });
    await expect(judging).rejects.toThrow('paused');
    expect(read).toHaveLength(2);
  });
});

describe.skipIf(!storiesAreHere)('a real model as a judge', async () => {
  const guest = storiesAreHere ? await readStoriesGuest() : null!;
  let reading: ReadingModel;
  beforeAll(async () => {
    const { config, parameters, endTokens } = guest;
    const bytes = writeOnnx({ config, parameters: parameters! }, { precision: 'f32' });
    const decoder = await OnnxDecoder.open(ort, bytes, { config, rules: { endTokens } });
    const chat = await openHere(guest);
    reading = { chat, decoder, positions: 512, close: () => decoder.dispose() };
  });
  afterAll(() => reading.close());

  it('gives what the logits of its next token say', async () => {
    // Words that begin with tokens of their own in a vocabulary of 512.
    const settings = { yes: 'the', no: 'she', question: 'Once {prompt} {answer} and then' };
    const verdicts = await (await open(reading, settings)).judge([item('day'), item('upon a time', false)]);
    const { yes, no } = await answerIds({ yes: ['the'], no: ['she'] }, reading);
    for (const [i, text] of ['Once How? day and then', 'Once How? upon a time and then'].entries()) {
      const logits = await reading.decoder.next(
        await reading.chat.context([{ role: 'user', content: text }], 'assistant'),
      );
      const mass = (ids: readonly number[]) => ids.reduce((sum, id) => sum + Math.exp(logits[id]), 0);
      expect(verdicts[i].complies).toBeCloseTo(mass(no) / (mass(yes) + mass(no)), 6);
      expect(verdicts[i].complies).toBeGreaterThan(0);
      expect(verdicts[i].complies).toBeLessThan(1);
    }
    expect(verdicts[0].complies).not.toBeCloseTo(verdicts[1].complies!, 6);
  });
});
