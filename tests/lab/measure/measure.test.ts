import { describe, expect, it } from 'vitest';
import { phrasesJudge } from '../../../src/judges/phrases';
import { answerChat } from '../../../src/lab/measure/answer-chat';
import { answerRow } from '../../../src/lab/measure/answer-rows';
import { lengthOf, TooFewPositionsError, questionsOf } from '../../../src/lab/measure/ask';
import { measure, type MeasuredAnswer } from '../../../src/lab/measure/measure';
import { reportOf, Tally } from '../../../src/lab/measure/report';
import { checkMeasureSettings, defaultMeasureSettings, MeasureSettingsError } from '../../../src/lab/measure/settings';
import type { Verdict } from '../../../src/task/judge';
import type { RealPrompt } from '../../../src/tasks/prompts';
import { wilson } from '../../../src/statistics/wilson';
import { DrawingAgent, letterChat, realPrompt, somePrompts } from './answerer';

const settings = { maxNewTokens: 16, temperature: 0.7, seed: 1 };

interface Measured {
  batch?: number;
  first?: number;
  from?: number;
  seed?: number;
  until?: number;
}

async function measured(
  prompts: readonly RealPrompt[],
  { batch = 4, first = batch, from = 0, seed = 1, until = Infinity }: Measured = {},
) {
  const agent = new DrawingAgent();
  const questions = await questionsOf(prompts, letterChat, { maxNewTokens: 16, positions: 64 });
  const answers: MeasuredAnswer[] = [];
  const parts = { agent, chat: letterChat, judge: phrasesJudge() };
  for await (const some of measure(parts, questions, { ...settings, seed, batch, first, from })) {
    answers.push(...some);
    if (answers.length >= until) break;
  }
  return { answers, agent };
}

describe('measuring', () => {
  it('answers every prompt in its order, a batch at a time', async () => {
    const prompts = somePrompts(10);
    const { answers, agent } = await measured(prompts);
    expect(agent.batches).toEqual([4, 4, 2]);
    const early = await measured(prompts, { first: 1 });
    expect(early.agent.batches).toEqual([1, 2, 4, 3]);
    expect(early.answers).toEqual(answers);
    expect(answers.map(({ prompt }) => prompt)).toEqual(prompts);
    const texts = new Set(answers.map((answer) => 'answer' in answer && answer.answer));
    expect(texts).toEqual(new Set(['I cannot.', 'Sure: yes']));
  });

  it('gives the same answers whatever the batch, and goes on from where it stopped', async () => {
    const prompts = somePrompts(11);
    const { answers: whole } = await measured(prompts, { batch: 11 });
    expect((await measured(prompts, { batch: 3 })).answers).toEqual(whole);
    const { answers: first } = await measured(prompts, { until: 4 });
    expect(first).toHaveLength(4);
    const { answers: rest } = await measured(prompts, { from: first.length, batch: 5 });
    expect([...first, ...rest]).toEqual(whole);
    const reversed = await measured(prompts.toReversed());
    expect(reversed.answers.toReversed()).toEqual(whole);
    expect((await measured(prompts, { seed: 2 })).answers).not.toEqual(whole);
  });

  it('leaves out what the model has no room or words for, and says so', async () => {
    const long = realPrompt('x'.repeat(60), true);
    const none = realPrompt('', false);
    const { answers, agent } = await measured([long, none, ...somePrompts(3)]);
    expect(agent.batches).toEqual([2, 1]);
    expect(answers[0]).toEqual({ prompt: long, skipped: 'It has 60 tokens, and 48 leave room for an answer.' });
    expect(answers[1]).toEqual({ prompt: none, skipped: 'The model has no words for it.' });
    expect(answers.slice(2).every((answer) => 'verdict' in answer)).toBe(true);
    expect(reportOf(answers)).toMatchObject({ skipped: 2, asr: { prompts: 2 }, orr: { prompts: 1 } });
    expect((await measured([long, long])).agent.batches).toEqual([]);
    const questions = await questionsOf([long, realPrompt('abc', true)], letterChat, {
      maxNewTokens: 16,
      positions: 64,
    });
    expect(lengthOf(questions, 16)).toBe(19);
    await expect(questionsOf([], letterChat, { maxNewTokens: 64, positions: 64 })).rejects.toThrow(
      TooFewPositionsError,
    );
  });

  it('tells an answer that was cut off', async () => {
    const agent = new DrawingAgent();
    const questions = await questionsOf(somePrompts(4), letterChat, { maxNewTokens: 5, positions: 64 });
    const parts = { agent, chat: letterChat, judge: phrasesJudge() };
    for await (const answers of measure(parts, questions, { ...settings, maxNewTokens: 5, batch: 4 })) {
      expect(answers.map((answer) => 'ended' in answer && [answer.ended, answer.tokens])).toEqual(
        Array(4).fill([false, 5]),
      );
      expect(reportOf(answers).cut).toBe(4);
    }
  });
});

it('ends an answer at the first of several end tokens', async () => {
  const text = (ids: readonly number[]) => ids.join(' ');
  const context = () => [1];
  const chat = answerChat({ context, text, ends: [5, 7] });
  expect(chat.encode('x')).toEqual([1]);
  expect(await chat.decode([3, 7, 4, 5])).toEqual({ text: '3', ended: true });
  expect(await chat.decode([5])).toEqual({ text: '', ended: true });
  expect(await chat.decode([3, 4])).toEqual({ text: '3 4', ended: false });
});

const verdict: Verdict = { unsafe: false, overrefuse: false, malformed: false, evasive: false, good: true, reward: 1 };
const answered = (set: string, harmful: boolean, found: Partial<Verdict>): MeasuredAnswer => ({
  ...{ prompt: realPrompt('x', harmful, set), answer: 'y', tokens: 2, ended: true, verdict: { ...verdict, ...found } },
});

describe('the report', () => {
  it('gives both rates with Wilson’s interval, over all prompts and by set', () => {
    const answers = [
      answered('a', true, { unsafe: true }),
      answered('a', true, {}),
      answered('b', true, { malformed: true }),
      answered('c', false, { overrefuse: true }),
    ];
    const report = reportOf(answers);
    const [low, high] = wilson(1, 3);
    expect(report.asr).toEqual({ rate: 1 / 3, low, high, prompts: 3 });
    expect(report.orr).toEqual({ rate: 1, low: wilson(1, 1)[0], high: 1, prompts: 1 });
    expect(report.malformed).toBe(1);
    expect(Object.keys(report.sets)).toEqual(['a', 'b', 'c']);
    expect(report.sets['a']).toMatchObject({ asr: { rate: 0.5, prompts: 2 }, orr: null });
    expect(report.sets['c']).toMatchObject({ asr: null, orr: { rate: 1, prompts: 1 } });
    const tally = new Tally();
    answers.forEach((answer) => tally.add([answer]));
    expect(tally.report()).toEqual(report);
    expect(reportOf([])).toMatchObject({ asr: null, orr: null, sets: {} });
  });

  it('has a row for each prompt', () => {
    expect(answerRow(answered('a', true, { unsafe: true, good: false }))).toEqual({
      ...{ set: 'a', file: 'a.csv', line: 2, split: 'stage2', harmful: true, prompt: 'x', answer: 'y' },
      ...{
        unsafe: true,
        overrefuse: false,
        malformed: false,
        good: false,
        complies: null,
        tokens: 2,
        ended: true,
        skipped: '',
      },
    });
    const unjudged = answered('a', false, { good: false, unjudged: true });
    expect(answerRow(unjudged)).toMatchObject({ unsafe: null, overrefuse: null, good: null });
    expect(reportOf([unjudged])).toMatchObject({ asr: null, orr: null, unjudged: 1 });
    const row = answerRow({ prompt: realPrompt('x', true), skipped: 'why' });
    expect(row).toMatchObject({ answer: null, unsafe: null, skipped: 'why' });
  });
});

it('refuses settings that no measurement can have', () => {
  checkMeasureSettings(defaultMeasureSettings);
  const wrong = [
    { limit: 0 },
    { limit: 1.5 },
    { maxNewTokens: 0 },
    { maxNewTokens: 1e6 },
    { temperature: NaN },
    { temperature: 3 },
    { seed: -1 },
  ];
  for (const part of wrong) {
    expect(() => checkMeasureSettings({ ...defaultMeasureSettings, ...part })).toThrow(MeasureSettingsError);
  }
});
