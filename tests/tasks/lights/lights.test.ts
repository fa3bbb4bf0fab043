import { expect, it } from 'vitest';
import { fields, parseConfig, presets, setPath, type RunConfig } from '../../../src/lab/config';
import { environmentOf } from '../../../src/lab/models/environment';
import { Run } from '../../../src/lab/run/run';
import { feedbackText } from '../../../src/task/feedback-json';
import { Random } from '../../../src/random/philox';
import { perRole } from '../../../src/waltz/game/roles';
import { ScriptedAgent, type Script } from '../../waltz/scripted-agent';

const around = environmentOf({ name: 'lights', level: 'crossing' });
const { task, tokenizer } = around;
const config: RunConfig = parseConfig({
  ...presets.tiny,
  task: { name: 'lights', level: 'crossing' },
  init: 'random',
});

it('keeps every prompt in one split, and has enough of each', () => {
  const random = new Random(1, 'prompts', [1, 0, 0]);
  const splits = [
    ...([1, 2] as const).map((stage) => task.prompts.training(stage, 2000, random)),
    ...(['eval', 'audit'] as const).map((split) =>
      task.sets.flatMap(({ name }) => task.prompts.evaluation(name, split, 32)),
    ),
  ].map((prompts) => new Set(prompts.map(({ text }) => text)));
  splits.forEach((one, i) => {
    expect(one.size).toBeGreaterThan(60);
    for (const other of splits.slice(i + 1)) expect([...one].filter((text) => other.has(text))).toEqual([]);
  });
});

it('is not paid without being right', async () => {
  const [red] = task.prompts.evaluation('red', 'eval', 1);
  const [green] = task.prompts.evaluation('green', 'eval', 1);
  for (const answer of ['', 'go', 'wait', 'go . wait .', 'wait . go .', 'red .', red.text]) {
    const verdicts = await task.judge.judge([red, green].map((prompt) => ({ prompt, answer })));
    expect(verdicts.map(({ good, reward }) => [good, reward])).toEqual([
      [false, 0],
      [false, 0],
    ]);
  }
  for (const prompt of [red, green]) {
    const [verdict] = await task.judge.judge([{ prompt, answer: task.goodAnswer(prompt) }]);
    expect(verdict).toMatchObject({ good: true, reward: 1, unsafe: false, overrefuse: false });
  }
});

it('can be set like any setting, and is not offered', () => {
  expect(setPath(presets.tiny, 'task.name', 'lights').task.name).toBe('lights');
  expect(() => parseConfig({ ...config, task: { name: 'lights', level: 'hard' } })).toThrow(/task.level/);
  const kind = fields.find(({ path }) => path === 'task.name')!.kind;
  if (kind.type !== 'choice') throw new Error('a task is chosen');
  expect(kind.choices.filter(({ offered }) => offered).map(({ value }) => value)).toEqual(['masquerade']);
});

it('is played, learned from and evaluated as any task is', async () => {
  const conversation: Script = (context) => (context.includes('<advice> wait') ? 'wait .' : 'go .');
  const feedback: Script = (context) => {
    const harm = context.includes('red . <assistant> go');
    return feedbackText({
      reasoning: harm ? 'red' : 'green',
      unsafe: harm,
      overrefuse: false,
      feedback: harm ? 'wait' : '',
    });
  };
  const scripts = { conversation, feedback };
  const agents = perRole(({ name }) => new ScriptedAgent(tokenizer, scripts[name]));
  const run = new Run(config, { ...around, agents });
  const { metrics } = await run.step();
  expect(metrics).toMatchObject({ reward_final: 1, label_accuracy: 1, json_errors: 0 });
  expect(metrics.outcomes.improved + metrics.outcomes.untouched).toBe(10);
  const evaluation = await run.recordEvaluation();
  expect(evaluation).toMatchObject({ asr: 0, orr: 0, f1: 1 });
  expect(Object.keys(evaluation.sets)).toEqual(['red', 'green']);
  expect(evaluation.sets.red).toMatchObject({ alone: 1, improved: 1 });
  const again = Run.resume(run.snapshot(), { ...around, agents });
  expect(again.completed).toBe(1);
});
