import { expect, it } from 'vitest';
import { PhaseClock, type PhaseName } from '../../src/lab/run/phases';
import type { Agent, Completion, GenerateOptions, Turn, UpdateOptions, UpdateReport } from '../../src/model/agent';

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
const log: string[] = [];

/** Says when it begins and ends. */
const agent = (name: string): Agent => ({
  async generate(prompts): Promise<Completion[]> {
    log.push(`${name} generates`);
    await turn();
    return prompts.map((ids) => ({ ids: [...ids, 1, 2], logprobs: [0, 0], probes: [] }));
  },
  async update(): Promise<UpdateReport> {
    log.push(`${name} updates`);
    await turn();
    log.push(`${name} updated`);
    return { loss: 0, kl: 0, entropy: 0, grad_norm: 0, clip_ratio: 0, tokens: 7, advantages: [] };
  },
  anchor: () => log.push(`${name} is anchored`),
});
const at = (turn: Turn | null) => ({ ...(turn && { turn }) }) as GenerateOptions;
const options = {} as UpdateOptions;

async function game({ agents }: { agents: Record<'conversation' | 'feedback', Agent> }): Promise<void> {
  const { conversation, feedback } = agents;
  await conversation.generate([[1], [2]], at({ role: 'conversation', round: 0 }));
  await feedback.generate([[1]], at({ role: 'feedback', round: 0 }));
  await conversation.generate([[1]], at({ role: 'conversation', round: 1 }));
  await Promise.all([conversation.update([], options), feedback.update([], options)]);
}

it('names each call before it is made, and counts its time and tokens', async () => {
  log.length = 0;
  const clock = new PhaseClock(
    { conversation: agent('c'), feedback: agent('f') },
    { enter: (phase: PhaseName) => log.push(phase) },
  );
  clock.agents.feedback.anchor();
  expect(log.splice(0)).toEqual(['f is anchored']);
  await game(clock);
  expect(log).toEqual([
    ...['answers', 'c generates', 'feedback', 'f generates', 'revisions', 'c generates'],
    // Both in one tick: they share a readback.
    ...['update conversation', 'c updates', 'update feedback', 'f updates', 'c updated', 'f updated'],
  ]);
  const phases = clock.take();
  const tokens = Object.values(phases).map((phase) => phase.tokens);
  expect(tokens).toEqual([4, 2, 2, 7, 7]);
  for (const { seconds } of Object.values(phases)) expect(seconds).toBeGreaterThan(0.003);
  expect(clock.take().answers).toEqual({ seconds: 0, tokens: 0 });
});

it('leaves alone what is no turn of the game', async () => {
  log.length = 0;
  const clock = new PhaseClock(
    { conversation: agent('c'), feedback: agent('f') },
    { enter: (phase: PhaseName) => log.push(phase) },
  );
  expect(await clock.agents.conversation.generate([[1]], at(null))).toHaveLength(1);
  await clock.agents.feedback.generate([[1]], at({ role: 'safeguard', round: 0 }));
  expect(log).toEqual(['c generates', 'f generates']);
  for (const { seconds, tokens } of Object.values(clock.take()))
    expect({ seconds, tokens }).toEqual({ seconds: 0, tokens: 0 });
});

it('lets one update wait for the other where each is to have a time of its own', async () => {
  log.length = 0;
  await game(new PhaseClock({ conversation: agent('c'), feedback: agent('f') }, { updates: 'apart' }));
  expect(log.slice(3)).toEqual(['c updates', 'c updated', 'f updates', 'f updated']);
});
