import { expect, it } from 'vitest';
import { Interrupted, interruptible } from '../../src/lab/run/interruptible';
import { MiniatureTokenizer, MiniatureTask, REFUSAL, SIGTERM } from '../waltz/miniature';
import { ScriptedAgent } from '../waltz/scripted-agent';

const tokenizer = new MiniatureTokenizer(new MiniatureTask().vocabulary);
const agentOf = () => new ScriptedAgent(tokenizer, (_, { random }) => (random.chance(0.5) ? REFUSAL : SIGTERM));
const prompts = ['crow', 'moth', 'photo', 'egg', 'crow'].map((word) => tokenizer.encode(word));
const options = {
  ...{ maxNewTokens: 8, temperature: 1 },
  draw: { seed: 3, stream: 'evaluation' as const, step: 0, phase: 0, rollouts: [5, 6, 7, 8, 9] },
  ...{ turn: { role: 'conversation', round: 0 }, cache: [9, 8, 7, 6, 5] },
};

it('generates in parts what it would generate at once', async () => {
  const parts = agentOf();
  const completions = await interruptible(parts, 2, () => false).generate(prompts, options);
  expect(completions).toEqual(await agentOf().generate(prompts, options));
  expect(parts.generated.map(({ contexts }) => contexts.length)).toEqual([2, 2, 1]);
  expect(parts.generated.map(({ options: { cache } }) => cache)).toEqual([[9, 8], [7, 6], [5]]);
  expect(parts.generated.map(({ options: { turn } }) => turn)).toEqual([1, 2, 3].map(() => options.turn));
});

it('breaks off between two parts when it is asked to', async () => {
  const agent = agentOf();
  const asked = interruptible(agent, 2, () => agent.generated.length === 2).generate(prompts, options);
  await expect(asked).rejects.toBeInstanceOf(Interrupted);
  expect(agent.generated).toHaveLength(2);
});
