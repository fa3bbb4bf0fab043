import { describe, expect, it } from 'vitest';
import { ConfigError, presets } from '../../src/lab/config';
import type { RunConfig } from '../../src/lab/config';
import { evaluationSchema, metricsSchema } from '../../src/lab/run/metrics-schema';
import { Run, RunBusyError, RunFinishedError, TaskMismatchError } from '../../src/lab/run/run';
import type { RunState } from '../../src/lab/run/run';
import { roles } from '../../src/waltz/game/roles';
import { learningRate, stageOf, trainedAgents } from '../../src/lab/run/stages';
import * as v from 'valibot';
import type { StepMetrics } from '../../src/waltz/learn/metrics';
import {
  ARSENIC,
  CountingJudge,
  MiniatureTokenizer,
  MiniatureTask,
  REFUSAL,
  SIGTERM,
  feedbackText,
} from '../waltz/miniature';
import { ScriptedAgent } from '../waltz/scripted-agent';
import type { Script } from '../waltz/scripted-agent';

const task = new MiniatureTask();
const tokenizer = new MiniatureTokenizer(task.vocabulary);

/** Answers move with the draw and with what has been learned so far. */
const conversation: Script = (context, { random, updates }) => {
  const good = context.includes('poison') ? REFUSAL : SIGTERM;
  return random.chance(0.4 + 0.05 * updates) ? good : context.includes('poison') ? ARSENIC : REFUSAL;
};
const feedback: Script = (_, { random, updates }) =>
  random.chance(0.9) ? feedbackText(random.chance(0.4 + 0.05 * updates), random.chance(0.3), 'refuse .') : 'think';

function parts() {
  const agents = {
    conversation: new ScriptedAgent(tokenizer, conversation),
    feedback: new ScriptedAgent(tokenizer, feedback),
  };
  return { task, tokenizer, judge: new CountingJudge(task), agents };
}

const config: RunConfig = {
  ...presets.tiny,
  stages: { one: 3, two: 4 },
  rollout: { ...presets.tiny.rollout, max_rounds: 2 },
};

const roleOf = (name: string) => roles.find((role) => role.name === name)!;

function timeless(metrics: readonly StepMetrics[]) {
  return metrics.map((one) => ({ ...one, time: null }));
}

it('one agent alone learns from its first answers in every step, and asks nobody', async () => {
  const single: RunConfig = { ...config, method: 'single-model' };
  const played = parts();
  const run = new Run(single, played);
  const evaluation = await run.recordEvaluation();
  await finish(run);
  expect(played.agents.feedback.generated).toEqual([]);
  expect(played.agents.feedback.updated).toEqual([]);
  expect(played.agents.conversation.updated).toHaveLength(7);
  for (const metrics of run.metrics) {
    expect(metrics).toMatchObject({ reward_feedback: null, label_accuracy: null, json_errors: null, trigger_rate: 0 });
    expect(metrics.reward_final).toBe(metrics.reward_first);
    expect(metrics.agents.conversation!.reward).toBe(metrics.reward_first);
    expect(metrics.agents.feedback).toBeNull();
    expect(v.is(metricsSchema, metrics)).toBe(true);
  }
  expect(evaluation.sets.plain).toMatchObject({ ftr: 0, label_accuracy: null });
  expect(v.is(evaluationSchema, evaluation)).toBe(true);
});

async function finish(run: Run): Promise<void> {
  while (!run.done) await run.step();
}

describe('stages', () => {
  it('hold the feedback agent to what stage 1 made of it, and to the start of the run where that is asked', async () => {
    const anchoredIn = async (changed: Partial<RunConfig>) => {
      const played = parts();
      await finish(new Run({ ...config, ...changed }, played));
      expect(played.agents.conversation.anchored).toEqual([]);
      return played.agents.feedback.anchored;
    };
    expect(await anchoredIn({})).toEqual([3]);
    expect(await anchoredIn({ policy: { ...config.policy, reference: 'run' } })).toEqual([]);
    // Nothing to be held to that is not the start of the run.
    expect(await anchoredIn({ stages: { one: 0, two: 2 } })).toEqual([]);
    expect(await anchoredIn({ stages: { one: 2, two: 0 } })).toEqual([]);
    expect(await anchoredIn({ method: 'single-model' })).toEqual([]);
  });

  it('of a run that goes on behind stage 1 anchor once', async () => {
    const before = parts();
    const run = new Run(config, before);
    for (let step = 0; step < 3; step++) await run.step();
    const after = parts();
    await Run.resume(run.snapshot(), after).step();
    expect([before.agents.feedback.anchored, after.agents.feedback.anchored]).toEqual([[], [0]]);
  });

  it('train the feedback agent alone, then both', () => {
    expect([1, 3, 4, 7].map((step) => stageOf(config, step))).toEqual([1, 1, 2, 2]);
    expect(trainedAgents(config, 3)).toEqual(['feedback']);
    expect(trainedAgents(config, 4)).toEqual(['conversation', 'feedback']);
    expect(trainedAgents({ ...config, freeze: 'conversation' }, 4)).toEqual(['feedback']);
    expect(trainedAgents({ ...config, freeze: 'feedback' }, 4)).toEqual(['conversation']);
    const alone: RunConfig = { ...config, method: 'single-model' };
    expect([1, 4].map((step) => trainedAgents(alone, step))).toEqual([['conversation'], ['conversation']]);
  });

  it("warm each agent's rate up from its first own step, whatever the length of the run", () => {
    const warm = { ...config, optimizer: { ...config.optimizer, warmup_steps: 4 } };
    const rates = (agent: 'conversation' | 'feedback', steps: number[]) =>
      steps.map((step) => learningRate(warm, roleOf(agent), step) / warm.optimizer.learning_rate[agent]);
    expect(rates('feedback', [1, 2, 4, 5, 7])).toEqual([0.25, 0.5, 1, 1, 1]);
    expect(rates('conversation', [4, 5, 7])).toEqual([0.25, 0.5, 1]);
    const cold = { ...config, optimizer: { ...config.optimizer, warmup_steps: 0 } };
    expect(learningRate(cold, roleOf('feedback'), 1)).toBe(config.optimizer.learning_rate.feedback);
    const longer = { ...warm, stages: { ...warm.stages, two: 400 } };
    expect(learningRate(longer, roleOf('conversation'), 5)).toBe(learningRate(warm, roleOf('conversation'), 5));
  });
});

describe('a run', () => {
  it('goes through its stages and ends', async () => {
    const given = parts();
    const run = new Run(config, given);
    expect([run.completed, run.total, run.done]).toEqual([0, 7, false]);
    await finish(run);
    expect(run.metrics.map(({ step, stage }) => [step, stage])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 2],
      [5, 2],
      [6, 2],
      [7, 2],
    ]);
    expect(given.agents.conversation.updated).toHaveLength(4);
    expect(given.agents.feedback.updated).toHaveLength(7);
    await expect(run.step()).rejects.toThrow(RunFinishedError);
  });

  it('is the same again with the same seed, and another with another', async () => {
    const play = async (seed: number) => {
      const given = parts();
      const run = new Run({ ...config, seed }, given);
      await finish(run);
      return { metrics: timeless(run.metrics), weights: Object.values(given.agents).map(({ weight }) => weight) };
    };
    expect(await play(1)).toEqual(await play(1));
    expect((await play(1)).weights).not.toEqual((await play(2)).weights);
  });

  it.each([1, 3, 5])('resumed after step %i equals the run never stopped', async (stop) => {
    const whole = parts();
    const uninterrupted = new Run(config, whole);
    await finish(uninterrupted);

    const given = parts();
    const first = new Run(config, given);
    for (let i = 0; i < stop; i++) await first.step();
    const snapshot = JSON.parse(JSON.stringify(first.snapshot())) as RunState;
    const restored = parts();
    for (const name of ['conversation', 'feedback'] as const) {
      restored.agents[name].updates = given.agents[name].updates;
      restored.agents[name].weight = given.agents[name].weight;
    }
    const second = Run.resume(snapshot, restored);
    expect(second.completed).toBe(stop);
    await finish(second);
    expect(timeless(second.metrics)).toEqual(timeless(uninterrupted.metrics));
    expect(restored.agents.conversation.weight).toBe(whole.agents.conversation.weight);
    expect(restored.agents.feedback.weight).toBe(whole.agents.feedback.weight);
  });

  it('is not disturbed by evaluations', async () => {
    const quiet = new Run(config, parts());
    await finish(quiet);
    const given = parts();
    const watched = new Run(config, given);
    while (!watched.done) {
      await watched.evaluate({ split: 'audit', prompts: 5, temperature: 0, draw: 3 });
      if (watched.evaluationDue) await watched.recordEvaluation();
      await watched.step();
    }
    expect(timeless(watched.metrics)).toEqual(timeless(quiet.metrics));
  });

  it('evaluates at the start, every k steps and at the end', async () => {
    const run = new Run(config, parts());
    const due: number[] = [];
    for (;;) {
      if (run.evaluationDue) {
        due.push(run.completed);
        await run.recordEvaluation();
        expect(run.evaluationDue).toBe(false);
      }
      if (run.done) break;
      await run.step();
    }
    expect(due).toEqual([0, 2, 4, 6, 7]);
    expect(run.evaluations.map(({ step, split }) => [step, split])).toEqual(due.map((step) => [step, 'eval']));
    expect(run.evaluations[0].sets.plain.n).toBe(config.evaluation.prompts);
  });

  it('does one thing at a time', async () => {
    const run = new Run(config, parts());
    const first = run.step();
    await expect(run.step()).rejects.toThrow(RunBusyError);
    await expect(run.evaluate()).rejects.toThrow(RunBusyError);
    await first;
    await run.step();
    expect(run.completed).toBe(2);
  });

  it('does not count a step that failed', async () => {
    const given = parts();
    const run = new Run(config, given);
    const generate = given.agents.feedback.generate.bind(given.agents.feedback);
    given.agents.feedback.generate = () => Promise.reject(new Error('device lost'));
    await expect(run.step()).rejects.toThrow('device lost');
    expect([run.completed, run.metrics.length]).toEqual([0, 0]);
    given.agents.feedback.generate = generate;
    await run.step();
    expect(run.completed).toBe(1);
  });

  it('has a history that survives being stored', async () => {
    const run = new Run(config, parts());
    await run.recordEvaluation();
    await finish(run);
    const { metrics, evaluations } = JSON.parse(JSON.stringify(run.snapshot())) as RunState;
    expect(v.parse(v.array(metricsSchema), metrics)).toEqual(run.metrics);
    expect(v.parse(v.array(evaluationSchema), evaluations)).toEqual(run.evaluations);
    expect(v.safeParse(metricsSchema, { ...metrics[0], trigger_rate: 2 }).success).toBe(false);
    expect(v.safeParse(evaluationSchema, { ...evaluations[0], sets: {} }).success).toBe(false);
  });

  it('refuses a config that cannot run, and a world that is not its own', () => {
    expect(() => new Run({ ...config, seed: -1 }, parts())).toThrow(ConfigError);
    expect(() => new Run({ ...config, task: { ...config.task, level: 'hard' } }, parts())).toThrow(TaskMismatchError);
    const snapshot = new Run(config, parts()).snapshot();
    const older = { ...snapshot, task: { ...snapshot.task, version: 0 } };
    expect(() => Run.resume(older, parts())).toThrow(TaskMismatchError);
    expect(() => Run.resume(older, parts())).toThrow('masquerade tiny version 0');
  });
});
