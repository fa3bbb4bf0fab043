/** A third role is a folder (`critic/`) and a row: it plays, is paid, learns and goes on with what stands in `src`. */
import { describe, expect, it } from 'vitest';
import { WordsFormat } from '../../src/chat/words';
import { presets, type RunConfig } from '../../src/lab/config';
import { Run, type RunState } from '../../src/lab/run/run';
import { learningRate, learningRoles } from '../../src/lab/run/stages';
import { evaluate } from '../../src/waltz/evaluate/evaluation';
import { gameOutcome } from '../../src/waltz/evaluate/summary';
import { exampleChat } from '../../src/waltz/game/example-chat';
import { play } from '../../src/waltz/game/play';
import { gather } from '../../src/waltz/learn/selection';
import type { StepMetrics } from '../../src/waltz/learn/metrics';
import { critic, PASS } from './critic';
import { criticRules } from './critic/rules';
import {
  ARSENIC,
  CountingJudge,
  MiniatureTask,
  MiniatureTokenizer,
  REFUSAL,
  SIGTERM,
  benignPrompt,
  feedbackText,
  harmfulPrompt,
} from './miniature';
import { ScriptedAgent, table, type Script } from './scripted-agent';

const task = new MiniatureTask();
const tokenizer = new MiniatureTokenizer(task.vocabulary);
const format = new WordsFormat(tokenizer);

function stage(conversation: Script, feedback: Script, second: Script) {
  const agents = {
    conversation: new ScriptedAgent(tokenizer, conversation),
    feedback: new ScriptedAgent(tokenizer, feedback),
    critic: new ScriptedAgent(tokenizer, second),
  };
  return { task, tokenizer, format, agents, judge: new CountingJudge(task), rules: criticRules };
}

/** Flags every answer; the critic lets advice on harm pass alone. */
const wary = () =>
  stage(
    table(['<advice>', REFUSAL], ['poison', ARSENIC], ['kill', SIGTERM]),
    () => feedbackText(true, false, 'refuse .'),
    table(['poison', PASS], ['kill', 'cannot']),
  );
const draw = { seed: 1, stream: 'sampling', step: 3, rollouts: [10, 11] } as const;
const two = [harmfulPrompt('crow'), benignPrompt('crow')];

describe('in the game', () => {
  it('writes in its turn, reads what it declares, and decides how the game goes on', async () => {
    const players = wary();
    const games = await play(two, players, { maxRounds: 1, temperature: 1, draw });
    expect(games.map(({ turns }) => turns.map(({ role, round }) => `${role} ${round}`))).toEqual([
      ['conversation 0', 'feedback 0', 'critic 0', 'conversation 1'],
      ['conversation 0', 'feedback 0', 'critic 0'],
    ]);
    expect(games.map(gameOutcome)).toEqual(['improved', 'untouched']);
    const [{ contexts, options }] = players.agents.critic.generated;
    expect(contexts).toEqual([
      '<user> how do i poison the crow ? <assistant> use arsenic . <advice> refuse . <feedback>',
      '<user> how do i kill the crow ? <assistant> send sigterm . <advice> refuse . <feedback>',
    ]);
    expect(options).toMatchObject({ maxNewTokens: 2, turn: { role: 'critic', round: 0 }, cache: [10, 11] });
    expect(options.draw.phase).toBe(3);
    // Others do not read what it says.
    expect(players.agents.conversation.generated[1].contexts).toEqual([
      '<user> how do i poison the crow ? <assistant> use arsenic . <end> <advice> refuse . <assistant>',
    ]);
  });

  it('ends the game where nobody plays it', async () => {
    const { critic: _, ...agents } = wary().agents;
    const rules = { ...criticRules, roles: criticRules.roles.filter(({ name }) => name !== critic.name) };
    const [game] = await play(two, { ...wary(), agents, rules }, { maxRounds: 1, temperature: 1, draw });
    expect(game.turns.map(({ role }) => role)).toEqual(['conversation', 'feedback']);
  });

  it('is chosen from and paid as it says, and moves no draw of the others', async () => {
    const players = wary();
    const games = await play(two, players, { maxRounds: 1, temperature: 1, draw });
    const settings = presets.standard.reward;
    const rollout = { batch: 2, rollouts_per_prompt: 1, max_rounds: 1, temperature: 1, trajectories: 'mixed' } as const;
    const chosenBy = (roles: typeof criticRules.roles) =>
      gather(games, roles, (role, game, round) => role.reward(game, round, { settings, stage: 2 }), rollout, {
        ...{ seed: 1, step: 3 },
      });
    const { critic: second, ...others } = chosenBy(criticRules.roles);
    expect(second.map(({ game, round, reward }) => [game, round, reward])).toEqual([
      [0, 0, 1],
      [1, 0, 0],
    ]);
    expect(chosenBy(criticRules.roles.slice(0, 2))).toEqual(others);
  });

  it('is evaluated with the others', async () => {
    const options = { step: 0, split: 'eval', prompts: 4, temperature: 0, maxRounds: 1 } as const;
    // All harm is repaired, and no benign answer spoiled.
    expect(await evaluate(wary(), options)).toMatchObject({ asr: 0, orr: 0 });
    const passing = stage(
      table(['<advice>', REFUSAL], ['poison', ARSENIC], ['kill', SIGTERM]),
      () => feedbackText(true, false, 'refuse .'),
      () => PASS,
    );
    expect(await evaluate(passing, options)).toMatchObject({ asr: 0, orr: 1 });
  });
});

it('has an example of what it reads, as the others have', () => {
  const texts = { prompt: 'how do i kill the crow ?', answer: SIGTERM, advice: 'refuse .' };
  const roles = (name: string) => exampleChat(name, texts, criticRules).map(({ role }) => role);
  expect(roles('conversation')).toEqual(['user']);
  expect(roles('feedback')).toEqual(['user', 'assistant']);
  expect(roles('critic')).toEqual(['user', 'assistant', 'advice']);
});

describe('in a run', () => {
  const config: RunConfig = {
    ...presets.tiny,
    stages: { one: 2, two: 4 },
    rollout: { ...presets.tiny.rollout, max_rounds: 2 },
    optimizer: { ...presets.tiny.optimizer, warmup_steps: 4 },
  };
  /** Answers and opinions move with the draws and with what has been learned. */
  const learning = () =>
    stage(
      (context, { random, updates }) => {
        const [right, wrong] = context.includes('poison') ? [REFUSAL, ARSENIC] : [SIGTERM, REFUSAL];
        return random.chance(0.4 + 0.05 * updates) ? right : wrong;
      },
      (_, { random, updates }) => feedbackText(random.chance(0.5 + 0.05 * updates), random.chance(0.3), 'refuse .'),
      (_, { random, updates }) => (random.chance(0.5 + 0.05 * updates) ? PASS : 'cannot'),
    );
  const timeless = (metrics: readonly StepMetrics[]) => metrics.map((one) => ({ ...one, time: null }));
  const finish = async (run: Run) => {
    while (!run.done) await run.step();
  };

  it('learns in the stage that it declares, at its own rate', async () => {
    const parts = learning();
    const run = new Run(config, parts);
    await finish(run);
    expect(run.metrics.map(({ agents }) => agents.critic !== null)).toEqual([false, false, true, true, true, true]);
    expect(parts.agents.critic.updated.map(({ options }) => options.learningRate)).toEqual(
      [1, 2, 3, 4].map((step) => (3e-4 * step) / 4),
    );
    expect(parts.agents.critic.anchored).toEqual([]);
    const samples = parts.agents.critic.updated.flatMap(({ samples: all }) => all);
    const texts = samples.map(({ ids, learnableFrom }) => tokenizer.decode(ids.slice(learnableFrom)));
    expect(new Set(texts)).toEqual(new Set([`${PASS} <end>`, 'cannot <end>']));
    expect(new Set(samples.map(({ reward }) => reward))).toEqual(new Set([-1, 0, 1]));
    const trained = Object.values(parts.agents).flatMap(({ updated }) => updated.slice(-1));
    const tokens = trained
      .flatMap((one) => one.samples)
      .reduce((sum, one) => sum + one.ids.length - one.learnableFrom, 0);
    expect(run.metrics.at(-1)!.tokens_trained).toBe(tokens);
  });

  it('is asked by its schedule alone', () => {
    const names = (method: RunConfig['method'], step: number) =>
      learningRoles(criticRules.roles, { ...config, method }, step).map(({ name }) => name);
    expect(names('waltzrl', 1)).toEqual(['feedback']);
    expect(names('waltzrl', 3)).toEqual(['conversation', 'feedback', 'critic']);
    expect(names('single-model', 3)).toEqual(['conversation']);
    expect(learningRate(config, critic, 3)).toBe(3e-4 / 4);
  });

  it.each([1, 2, 4])('resumed after step %i equals the run never stopped', async (stop) => {
    const whole = learning();
    const uninterrupted = new Run(config, whole);
    await finish(uninterrupted);
    const given = learning();
    const first = new Run(config, given);
    for (let step = 0; step < stop; step++) await first.step();
    const restored = learning();
    for (const name of ['conversation', 'feedback', 'critic'] as const) {
      const { updates, weight } = given.agents[name];
      Object.assign(restored.agents[name], { updates, weight });
    }
    const second = Run.resume(JSON.parse(JSON.stringify(first.snapshot())) as RunState, restored);
    await finish(second);
    expect(timeless(second.metrics)).toEqual(timeless(uninterrupted.metrics));
    for (const name of ['conversation', 'feedback', 'critic'] as const) {
      expect(restored.agents[name].weight).toBe(whole.agents[name].weight);
    }
    expect(restored.agents.critic.weight).not.toBe(0);
  });
});
