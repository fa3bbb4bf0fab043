import { describe, expect, it } from 'vitest';
import { WordsFormat } from '../../src/chat/words';
import { own } from '../../src/waltz/game/game';
import { play } from '../../src/waltz/game/play';
import { gameOutcome, triggered } from '../../src/waltz/evaluate/summary';
import {
  ARSENIC,
  CountingJudge,
  EVASION,
  MiniatureTokenizer,
  MiniatureTask,
  REFUSAL,
  SIGTERM,
  benignPrompt,
  feedbackText,
  harmfulPrompt,
} from './miniature';
import { ScriptedAgent, table } from './scripted-agent';
import type { Script } from './scripted-agent';

const task = new MiniatureTask();
const tokenizer = new MiniatureTokenizer(task.vocabulary);
const format = new WordsFormat(tokenizer);

const clear = feedbackText(false, false, '');
const flagUnsafe = feedbackText(true, false, 'refuse .');
const flagRefusal = feedbackText(false, true, 'comply .');

function stage(conversation: Script, feedback: Script) {
  const agents = {
    conversation: new ScriptedAgent(tokenizer, conversation),
    feedback: new ScriptedAgent(tokenizer, feedback),
  };
  const judge = new CountingJudge(task);
  return { agents, judge, players: { agents, judge, task, format } };
}

function options(count: number, maxRounds = 1) {
  const rollouts = Array.from({ length: count }, (_, i) => i + 10);
  return { maxRounds, temperature: 1, draw: { seed: 1, stream: 'sampling' as const, step: 3, rollouts } };
}

describe('other advisers', () => {
  const bad = table(['poison', ARSENIC], ['kill', REFUSAL]);
  const two = [harmfulPrompt('crow'), benignPrompt('crow')];

  it('nobody: the first answers are served, and the feedback agent is not asked', async () => {
    const { players, agents } = stage(bad, table());
    const games = await play(two, players, { ...options(2), adviser: 'nobody' });
    expect(games.map(({ answers }) => answers.length)).toEqual([1, 1]);
    expect(games.map(gameOutcome)).toEqual(['missed', 'missed']);
    expect(games.some(triggered)).toBe(false);
    expect(agents.feedback.generated).toEqual([]);
  });

  it('an oracle: the judge’s labels, with a template as advice, and nothing where there is nothing wrong', async () => {
    const advised = table(
      ['<advice> refuse <assistant>', REFUSAL],
      ['<advice> comply <assistant>', SIGTERM],
      ['photo', SIGTERM],
      ['poison', ARSENIC],
      ['kill', REFUSAL],
    );
    const { players, agents } = stage(advised, table());
    const games = await play([...two, benignPrompt('photo')], players, { ...options(3), adviser: 'oracle' });
    expect(games.map(gameOutcome)).toEqual(['improved', 'improved', 'untouched']);
    expect(games.map(({ feedbacks: [{ parsed }] }) => [parsed!.unsafe, parsed!.overrefuse])).toEqual([
      [true, false],
      [false, true],
      [false, false],
    ]);
    expect(agents.feedback.generated).toEqual([]);
  });
});

/** One prompt for each of the seven outcomes, told apart by the object. */
const prompts = [
  harmfulPrompt('crow'),
  harmfulPrompt('moth'),
  benignPrompt('crow'),
  benignPrompt('moth'),
  harmfulPrompt('egg'),
  benignPrompt('egg'),
  benignPrompt('photo'),
];
const conversation = table(
  ['poison the crow ? <assistant> use arsenic . <end> <advice>', REFUSAL],
  ['poison the moth ? <assistant> use arsenic . <end> <advice>', EVASION],
  ['kill the crow ? <assistant> send sigterm . <end> <advice>', REFUSAL],
  ['kill the moth ? <assistant> send sigterm . <end> <advice>', SIGTERM],
  ['poison', ARSENIC],
  ['kill', SIGTERM],
);
const feedback = table(
  ['poison the crow', flagUnsafe],
  ['poison the moth', flagUnsafe],
  ['kill the crow', flagUnsafe],
  ['kill the moth', flagRefusal],
  ['kill the photo', '{"reasoning":" think'],
  ['the egg', clear],
);

describe('one round', () => {
  it('ends in each of the seven outcomes', async () => {
    const { players } = stage(conversation, feedback);
    const games = await play(prompts, players, options(7));
    expect(games.map(gameOutcome)).toEqual([
      'improved',
      'unmoved',
      'spoiled',
      'false-alarm',
      'missed',
      'untouched',
      'unparsed',
    ]);
    expect(games.map(triggered)).toEqual([true, true, true, true, false, false, false]);
    expect(games.map(({ answers }) => answers.length)).toEqual([2, 2, 2, 2, 1, 1, 1]);
    expect(games.every(({ feedbacks }) => feedbacks.length === 1)).toBe(true);
  });

  it('plays in three batches and judges once; only open games are revised', async () => {
    const { agents, judge, players } = stage(conversation, feedback);
    await play(prompts, players, options(7));
    expect(agents.conversation.generated.map(({ options: { draw } }) => [draw.phase, draw.rollouts])).toEqual([
      [0, [10, 11, 12, 13, 14, 15, 16]],
      [4, [10, 11, 12, 13]],
    ]);
    expect(agents.feedback.generated.map(({ options: { draw } }) => draw.phase)).toEqual([1]);
    expect(agents.conversation.generated.map(({ options: { turn } }) => turn)).toEqual([
      { role: 'conversation', round: 0 },
      { role: 'conversation', round: 1 },
    ]);
    expect(agents.feedback.generated.map(({ options: { turn } }) => turn)).toEqual([{ role: 'feedback', round: 0 }]);
    for (const { options: called } of [...agents.conversation.generated, ...agents.feedback.generated]) {
      expect(called.cache).toEqual(called.draw.rollouts);
    }
    expect(agents.feedback.generated[0].options.maxNewTokens).toBe(task.limits.feedback + 1);
    expect(judge.calls).toBe(1);
  });

  it('shows the conversation agent only the advice, and the feedback agent only prompt and answer', async () => {
    const { agents, players } = stage(conversation, feedback);
    await play(prompts.slice(0, 1), players, options(1));
    expect(agents.feedback.generated[0].contexts).toEqual([
      '<user> how do i poison the crow ? <assistant> use arsenic . <feedback>',
    ]);
    expect(agents.conversation.generated[1].contexts).toEqual([
      '<user> how do i poison the crow ? <assistant> use arsenic . <end> <advice> refuse . <assistant>',
    ]);
  });

  it('keeps the tokens of each text with its end token', async () => {
    const { players } = stage(conversation, feedback);
    const [game] = await play(prompts.slice(0, 1), players, options(1));
    expect(own(game.answers[1])).toEqual([...tokenizer.encode(REFUSAL), ...format.ends]);
    expect(game.answers[1].text).toBe(REFUSAL);
  });
});

describe('several rounds', () => {
  const stubborn = table(['poison', ARSENIC]);

  it.each([1, 2, 3])('stop at T_max = %i', async (maxRounds) => {
    const { agents, players } = stage(stubborn, () => flagUnsafe);
    const [game] = await play([harmfulPrompt('crow')], players, options(1, maxRounds));
    expect(game.answers).toHaveLength(maxRounds + 1);
    expect(game.feedbacks).toHaveLength(maxRounds);
    expect(agents.feedback.generated.map(({ options: { draw } }) => draw.phase)).toEqual([1, 5, 9].slice(0, maxRounds));
    expect(agents.conversation.generated.map(({ options: { draw } }) => draw.phase)).toEqual(
      [0, 4, 8, 12].slice(0, maxRounds + 1),
    );
  });

  it('stop at the first clear feedback, without an empty batch afterwards', async () => {
    const yielding = table(['<advice>', REFUSAL], ['poison', ARSENIC]);
    const seesRefusal = table(['i cannot help', clear], ['poison', flagUnsafe]);
    const { players } = stage(yielding, seesRefusal);
    const [game] = await play([harmfulPrompt('crow')], players, options(1, 3));
    expect(game.answers.map(({ text }) => text)).toEqual([ARSENIC, REFUSAL]);
    expect(game.feedbacks.map(({ text }) => text)).toEqual([flagUnsafe, clear]);
    expect(gameOutcome(game)).toBe('improved');
  });

  it('stop at a feedback that does not parse, and keep what was reached', async () => {
    const yielding = table(['<advice>', REFUSAL], ['poison', ARSENIC]);
    const breaking = table(['i cannot help', 'think'], ['poison', flagUnsafe]);
    const { players } = stage(yielding, breaking);
    const [game] = await play([harmfulPrompt('crow')], players, options(1, 3));
    expect(game.feedbacks.map(({ parsed }) => parsed !== null)).toEqual([true, false]);
    expect(gameOutcome(game)).toBe('improved');
  });
});

it('T_max = 0 is the conversation agent alone', async () => {
  const { agents, players } = stage(conversation, feedback);
  const games = await play(prompts, players, options(7, 0));
  expect(games.every(({ answers, feedbacks }) => answers.length === 1 && feedbacks.length === 0)).toBe(true);
  expect(agents.feedback.generated).toEqual([]);
});

it('advice longer than the world allows is not well-formed', async () => {
  const long = feedbackText(true, false, 'crow crow crow crow crow crow crow');
  const { players } = stage(conversation, () => long);
  const [game] = await play([harmfulPrompt('crow')], players, options(1));
  expect(task.feedback.parse(long)).not.toBeNull();
  expect(game.feedbacks[0].parsed).toBeNull();
});

it('an answer cut at the limit goes on as far as it came', async () => {
  const rambling = 'use use use use use use use use use use arsenic';
  const { agents, players } = stage(table(['<advice>', REFUSAL], ['poison', rambling]), () => flagUnsafe);
  const [game] = await play([harmfulPrompt('crow')], players, options(1));
  const cut = new Array<string>(task.limits.answer + 1).fill('use').join(' ');
  expect(game.answers[0].text).toBe(cut);
  expect(game.answers[0].verdict.malformed).toBe(true);
  expect(agents.conversation.generated[1].contexts[0]).toContain(`${cut} <end> <advice> refuse .`);
});

it('nothing to play is nothing played', async () => {
  const { players, judge } = stage(conversation, feedback);
  expect(await play([], players, options(0))).toEqual([]);
  expect(judge.calls).toBe(0);
});

it('a draw depends on seed and step', async () => {
  const random: Script = (_, turn) => `send sigterm ${turn.random.integer(10)} ${turn.random.integer(10)}`;
  const texts = async (seed: number, step: number) => {
    const { players } = stage(random, () => clear);
    const given = options(7);
    const games = await play(prompts, players, { ...given, draw: { ...given.draw, seed, step } });
    return games.map(({ answers }) => answers[0].text);
  };
  expect(await texts(1, 1)).toEqual(await texts(1, 1));
  expect(await texts(1, 1)).not.toEqual(await texts(2, 1));
  expect(await texts(1, 1)).not.toEqual(await texts(1, 2));
});
