import { describe, expect, it } from 'vitest';
import type { Judge } from '../../src/task/judge';
import { WordsFormat } from '../../src/chat/words';
import { outcomes } from '../../src/waltz/game/rollout';
import { rlStep } from '../../src/waltz/learn/step';
import type { StepSettings } from '../../src/waltz/learn/step';
import { ARSENIC, CountingJudge, MiniatureTokenizer, MiniatureTask, REFUSAL, SIGTERM, feedbackText } from './miniature';
import { ScriptedAgent, table } from './scripted-agent';
import type { Script } from './scripted-agent';

const task = new MiniatureTask();
const tokenizer = new MiniatureTokenizer(task.vocabulary);
const format = new WordsFormat(tokenizer);

/** Complies with harm at first; with advice refuses whatever is asked. */
const conversation = table(['<advice>', REFUSAL], ['poison', ARSENIC], ['kill', SIGTERM]);
/** Right about harm; on benign prompts a false alarm for even numbers, broken JSON for 9. */
const feedback: Script = (context) => {
  if (context.includes('poison')) return feedbackText(true, false, 'refuse .');
  const digit = Number(/\d/.exec(context)![0]);
  if (digit === 9) return 'think think';
  return feedbackText(digit % 2 === 0, false, 'refuse .');
};

const settings: StepSettings = {
  seed: 3,
  step: 1,
  stage: 2,
  reward: { alpha: 0.65, lambda: 0.25, lambda_two: 0, gamma: 0.1, variant: 'A', gate: 'all' },
  rollout: { batch: 40, rollouts_per_prompt: 1, max_rounds: 1, temperature: 1, trajectories: 'tau_b' },
  policy: { estimator: 'reinforce++', beta: 0.01, epsilon: 0.2, updates_per_batch: 2, loss_mean: 'sequences' },
  gradientClip: 0.5,
  learningRate: { conversation: 1e-3, feedback: 2e-3 },
  trained: ['conversation', 'feedback'],
};

async function run(changes: Partial<StepSettings> = {}, judge: Judge = new CountingJudge(task)) {
  const agents = {
    conversation: new ScriptedAgent(tokenizer, conversation),
    feedback: new ScriptedAgent(tokenizer, feedback),
  };
  const players = { agents, judge, task, format };
  const result = await rlStep(players, { ...settings, ...changes });
  return { ...result, agents };
}

describe('metrics', () => {
  it('are those counted by hand from the rollouts', async () => {
    const { metrics, rollouts, agents } = await run();
    const harmful = rollouts.filter(({ prompt }) => prompt.harmful).length;
    const digits = rollouts.filter(({ prompt }) => !prompt.harmful).map(({ prompt }) => Number(/\d/.exec(prompt.text)));
    const alarms = digits.filter((digit) => digit % 2 === 0).length;
    const broken = digits.filter((digit) => digit === 9).length;
    expect([harmful, alarms, broken].every((count) => count > 0)).toBe(true);
    const clear = 40 - harmful - alarms - broken;
    expect(metrics.outcomes).toEqual({
      ...Object.fromEntries(outcomes.map((outcome) => [outcome, 0])),
      improved: harmful,
      spoiled: alarms,
      unparsed: broken,
      untouched: clear,
    });
    expect(metrics.reward_first).toBe((40 - harmful) / 40);
    expect(metrics.reward_final).toBe((40 - alarms) / 40);
    expect(metrics.label_accuracy).toBe((harmful + clear) / 40);
    expect(metrics.json_errors).toBe(broken / 40);
    expect(metrics.trigger_rate).toBe((harmful + alarms) / 40);
    expect(metrics.improved).toBe(harmful / 40);
    expect(metrics.worsened).toBe(alarms / 40);
    expect(metrics.reward_feedback).toBeCloseTo((0.75 * harmful + 0.1 * (alarms + clear)) / 40, 12);
    expect(metrics.agents.feedback!.reward).toBeCloseTo(metrics.reward_feedback!, 12);
    expect(metrics.agents.conversation!.reward).toBe(metrics.reward_final);
    const written = [...agents.conversation.updated, ...agents.feedback.updated];
    const trained = written
      .flatMap(({ samples }) => samples)
      .reduce((sum, { ids, learnableFrom }) => sum + ids.length - learnableFrom, 0);
    expect(metrics.tokens_trained).toBe(trained);
    expect(metrics.tokens_generated).toBeGreaterThan(trained);
  });

  it('pay λ in stage 1 only', async () => {
    const { metrics, rollouts } = await run({ stage: 1, trained: ['feedback'] });
    const improved = rollouts.filter(({ outcome }) => outcome === 'improved');
    expect(improved.every(({ feedbacks }) => Math.abs(feedbacks[0].rewards.total - 1) < 1e-12)).toBe(true);
    expect(metrics.stage).toBe(1);
  });
});

describe('updates', () => {
  it('get what the settings say', async () => {
    const { agents } = await run();
    expect(agents.conversation.updated[0].options).toEqual({
      learningRate: 1e-3,
      beta: 0.01,
      epsilon: 0.2,
      lossMean: 'sequences',
      normalize: true,
      updatesPerBatch: 2,
      gradientClip: 0.5,
    });
    expect(agents.feedback.updated[0].options.learningRate).toBe(2e-3);
  });

  it('learn a text whole, its end token included, and nothing before it', async () => {
    const { agents } = await run();
    const [{ samples }] = agents.conversation.updated;
    const texts = samples.map(({ ids, learnableFrom }) => tokenizer.decode(ids.slice(learnableFrom)));
    expect(new Set(texts)).toEqual(new Set([`${REFUSAL} <end>`, `${SIGTERM} <end>`]));
    const revised = samples.find(({ ids, learnableFrom }) =>
      tokenizer.decode(ids.slice(0, learnableFrom)).includes('<advice>'),
    );
    expect(tokenizer.decode(revised!.ids)).toMatch(/<user> .* <assistant> .* <end> <advice> refuse \. <assistant> /);
  });

  it.each([
    ['conversation', ['feedback']],
    ['feedback', ['conversation']],
  ] as const)('leave a frozen %s agent alone', async (frozen, trained) => {
    const { agents, metrics, rollouts } = await run({ trained });
    expect(agents[frozen].updated).toEqual([]);
    expect(metrics.agents[frozen]).toBeNull();
    const other = trained[0];
    expect(agents[other].updated).toHaveLength(1);
    const advantages = rollouts.flatMap(({ answers, feedbacks }) =>
      frozen === 'conversation'
        ? answers.map(({ advantage }) => advantage)
        : feedbacks.map(({ advantage }) => advantage),
    );
    expect(advantages.every((advantage) => advantage === null)).toBe(true);
  });

  it('start both in the same tick', async () => {
    const order: string[] = [];
    const agents = {
      conversation: new ScriptedAgent(tokenizer, conversation),
      feedback: new ScriptedAgent(tokenizer, feedback),
    };
    for (const agent of Object.values(agents)) {
      const update = agent.update.bind(agent);
      agent.update = async (...given) => {
        order.push('start');
        await Promise.resolve();
        const report = await update(...given);
        order.push('end');
        return report;
      };
    }
    await rlStep({ agents, judge: new CountingJudge(task), task, format }, settings);
    expect(order).toEqual(['start', 'start', 'end', 'end']);
  });

  it('take each group of rollouts by itself', async () => {
    const { agents, rollouts } = await run({
      rollout: { ...settings.rollout, batch: 6, rollouts_per_prompt: 3 },
      policy: { ...settings.policy, estimator: 'grpo' },
    });
    expect(rollouts.map(({ prompt }) => prompt.text)).toHaveLength(18);
    for (let group = 0; group < 6; group++) {
      const texts = rollouts.slice(3 * group, 3 * group + 3).map(({ prompt }) => prompt.text);
      expect(new Set(texts).size).toBe(1);
    }
    // The script is deterministic, so all rewards of a group are equal and nothing is above its baseline.
    const { samples, options } = agents.feedback.updated[0];
    expect(samples).toHaveLength(18);
    samples.forEach(({ reward }) => expect(reward).toBeCloseTo(0, 9));
    expect(options.normalize).toBe(false);
  });
});

describe('rollouts', () => {
  it('show advantages of the texts that were learned from, and marks', async () => {
    const { rollouts, agents } = await run();
    const improved = rollouts.find(({ outcome }) => outcome === 'improved')!;
    const [first, served] = improved.answers;
    expect(first.advantage).toBeNull();
    expect(served.advantage).toBeGreaterThan(0);
    expect(first.spans.map(({ start, end, kind }) => [first.text.slice(start, end), kind])).toEqual([
      ['use arsenic', 'unsafe'],
    ]);
    expect(served.spans.map(({ start, end, kind }) => [served.text.slice(start, end), kind])).toEqual([
      ['i cannot help', 'repaired'],
    ]);
    const spoiled = rollouts.find(({ outcome }) => outcome === 'spoiled')!;
    expect(spoiled.answers[1].advantage).toBeLessThan(0);
    expect(spoiled.answers[1].spans).toEqual([]);
    expect(spoiled.feedbacks[0].rewards).toMatchObject({ improvement: -1, label: 0, format: 1 });
    expect(agents.conversation.updated[0].samples[improved.index].reward).toBe(1);
  });
});

describe('a judge with more than two rewards', () => {
  /** Half for a refusal of harm, which is not good then; the rest as before. */
  const halving: Judge = {
    judge: async (items) =>
      (await new CountingJudge(task).judge(items)).map((verdict, i) =>
        items[i].answer === REFUSAL && verdict.good ? { ...verdict, good: false, reward: 0.5 } : verdict,
      ),
  };

  it('pays its numbers as they are, and says alone what is good', async () => {
    const { metrics, rollouts, agents } = await run({}, halving);
    const harmful = rollouts.filter(({ prompt }) => prompt.harmful);
    const spoiled = rollouts.filter(({ outcome }) => outcome === 'spoiled');
    expect(harmful.length * spoiled.length).toBeGreaterThan(0);
    for (const { outcome, answers, feedbacks, index } of harmful) {
      expect(outcome).toBe('unmoved');
      expect(answers.map(({ verdict: { reward } }) => reward)).toEqual([0, 0.5]);
      expect(feedbacks[0].rewards).toEqual({ improvement: 0.5, label: 1, format: 1, total: 0.65 * 0.5 + 0.1 });
      expect(agents.conversation.updated[0].samples[index].reward).toBe(0.5);
      expect(agents.feedback.updated[0].samples[index].reward).toBe(0.65 * 0.5 + 0.1);
      expect(answers[1].spans).toEqual([]);
    }
    expect(metrics.reward_final).toBeCloseTo((40 - spoiled.length - 0.5 * harmful.length) / 40, 12);
    expect(metrics.agents.conversation!.reward).toBeCloseTo(metrics.reward_final, 12);
    expect([metrics.improved, metrics.outcomes.unmoved]).toEqual([0, harmful.length]);
  });
});
