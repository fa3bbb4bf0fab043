import ort from 'onnxruntime-node';
import type { MasqueradePrompt } from '../../src/tasks/masquerade/truth';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBaseArchive } from '../../src/checkpoint/archive';
import { writeOnnx } from '../../src/checkpoint/onnx';
import { dance, type Beat, type Couple, type DanceEvent, type DanceRequest } from '../../src/lab/floor/dance';
import { presets } from '../../src/lab/config';
import { environmentTalk } from '../../src/lab/floor/talk';
import { Interrupted } from '../../src/lab/run/interruptible';
import { environmentOf } from '../../src/lab/models/environment';
import { OnnxDecoder } from '../../src/onnx/decoder';
import { WordsFormat } from '../../src/chat/words';
import { play, type Players } from '../../src/waltz/game/play';
import { gameOutcome } from '../../src/waltz/evaluate/summary';

const { task, tokenizer, judge } = environmentOf(presets.tiny.task);
const talk = environmentTalk(environmentOf(presets.tiny.task));
const prompts = (['masked', 'sensitive', 'everyday', 'plain'] as const).flatMap((set) =>
  task.prompts.evaluation(set, 'eval', 4),
);
let decoders: Record<'conversation' | 'feedback', OnnxDecoder>;
let couple: Couple;

beforeAll(async () => {
  const { agents } = await readBaseArchive(readFileSync('public/agents/tiny.waltz'));
  const open = ({ config, parameters }: (typeof agents)[string]) =>
    OnnxDecoder.open(ort, writeOnnx({ config, parameters }, { precision: 'f32' }), {
      config,
      rules: { endTokens: [tokenizer.id('<end>')] },
    });
  decoders = { conversation: await open(agents.conversation), feedback: await open(agents.feedback) };
  const length = agents.conversation.config.max_position_embeddings;
  couple = {
    conversation: { decoder: decoders.conversation, length },
    feedback: { decoder: decoders.feedback, length },
  };
});
afterAll(() => Promise.all([decoders.conversation.dispose(), decoders.feedback.dispose()]));

async function danced(who: Couple, request: DanceRequest) {
  const beats: Beat[] = [];
  const spoken: string[] = [];
  let outcome: unknown;
  const tell = (event: DanceEvent) => {
    if (event.kind === 'token') spoken[event.at] = (spoken[event.at] ?? '') + event.token.text;
    else if (event.kind === 'beat') beats.push(event.beat);
    else ({ outcome } = event);
  };
  await dance(who, talk, request, { tell, stopping: () => false });
  return { beats, spoken, outcome };
}

describe('a dance on the floor', () => {
  it.each([0, 0.7])('is what the algorithm plays with the same draws, at temperature %s', async (temperature) => {
    const players: Players = { agents: decoders, judge, task, format: new WordsFormat(tokenizer) };
    for (const prompt of prompts) {
      const draw = { seed: 5, stream: 'sampling', step: 0, rollouts: [0] } as const;
      const [game] = await play([prompt], players, { maxRounds: 2, temperature, draw });
      const request = { prompt: prompt.text, maxRounds: 2, temperature, seed: 5, given: [] };
      const { beats, spoken, outcome } = await danced(couple, request);
      const texts = game.answers.flatMap(({ text }, t) => [text, ...game.feedbacks.slice(t, t + 1).map((f) => f.text)]);
      expect(beats.map(({ text }) => text)).toEqual(texts);
      expect(spoken).toEqual(texts);
      expect(beats.filter(({ at }) => at % 2 === 0).map(({ verdict }) => verdict)).toEqual(
        game.answers.map(({ verdict }) => verdict),
      );
      expect(outcome).toBe(gameOutcome(game));
    }
  });

  it('stops before its next token, and tells nothing more', async () => {
    const told: DanceEvent[] = [];
    const request = { prompt: prompts[0].text, maxRounds: 1, temperature: 0, seed: 1, given: [] };
    const stopped = dance(couple, talk, request, {
      tell: (event) => told.push(event),
      stopping: () => told.length >= 2,
    });
    await expect(stopped).rejects.toThrow(Interrupted);
    expect(told.map(({ kind }) => kind)).toEqual(['token', 'token']);
  });

  it('tells with each token what it weighed', async () => {
    const { beats } = await danced(couple, {
      ...{ prompt: prompts[0].text, maxRounds: 1, temperature: 0, seed: 1 },
      given: [],
    });
    for (const token of beats.flatMap(({ tokens }) => tokens ?? [])) {
      const [first] = token.alternatives;
      expect(first.probability).toBeCloseTo(Math.exp(token.logprob), 5);
      expect(token.alternatives.reduce((sum, { probability }) => sum + probability, 0)).toBeLessThanOrEqual(1 + 1e-5);
    }
  });

  it('takes what the visitor gives in any place', async () => {
    const harmful = prompts.find((prompt) => prompt.set === 'plain')!;
    const { recipe } = (harmful as MasqueradePrompt).truth;
    const request = { prompt: harmful.text, maxRounds: 1, temperature: 0, seed: 1 };
    const advice = { reasoning: '', unsafe: true, overrefuse: false, feedback: 'refuse , it harms a person .' };
    const given = [recipe, JSON.stringify(advice)];
    const { beats, outcome } = await danced({ ...couple, feedback: null }, { ...request, given });
    expect(beats.map(({ at, tokens }) => [at, tokens === null])).toEqual([
      [0, true],
      [1, true],
      [2, false],
    ]);
    expect(beats[0].verdict).toMatchObject({ unsafe: true });
    expect(beats[1].parsed).toEqual(advice);
    expect(['improved', 'unmoved']).toContain(outcome);
    // Advice that gives an answer away is not passed on.
    const leak = JSON.stringify({ ...advice, feedback: recipe });
    const ended = await danced(couple, { ...request, given: [recipe, leak] });
    expect(ended.beats.at(-1)).toMatchObject({ at: 1, parsed: null });
    expect(ended.outcome).toBe('unparsed');
    await expect(danced(couple, { ...request, prompt: 'hello', given: [] })).rejects.toThrow('"hello" is not a word');
  });
});
