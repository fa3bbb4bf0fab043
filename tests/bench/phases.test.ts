import { expect, test } from 'vitest';
import { PhaseClock } from '../../bench/phases';
import type { Agent, GenerateOptions, UpdateOptions, UpdateReport } from '../../src/waltz/agent';

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Writes two tokens a prompt, learns three, and notes when it learns. */
function agent(name: string, log: string[]): Agent {
  return {
    generate: (prompts) =>
      Promise.resolve(prompts.map((ids) => ({ ids: [...ids, 1, 2], logprobs: [0, 0], probes: [] }))),
    async update() {
      log.push(`${name} begins`);
      await pause(20);
      log.push(`${name} ends`);
      return { tokens: 3 } as UpdateReport;
    },
  };
}

const inPhase = (phase: number) => ({ draw: { phase } }) as GenerateOptions;

test('phases are told apart, updates take turns, and a step begins anew', async () => {
  const log: string[] = [];
  const clock = new PhaseClock({ conversation: agent('c', log), feedback: agent('f', log) });
  const { conversation, feedback } = clock.agents;
  await conversation.generate([[0], [0]], inPhase(0));
  await feedback.generate([[0]], inPhase(1));
  await conversation.generate([[0]], inPhase(4));
  await conversation.generate([[0]], inPhase(8));
  await Promise.all([conversation.update([], {} as UpdateOptions), feedback.update([], {} as UpdateOptions)]);
  expect(log).toEqual(['c begins', 'c ends', 'f begins', 'f ends']);
  const phases = clock.take();
  expect(phases.answers.tokens).toBe(4);
  expect(phases.feedback.tokens).toBe(2);
  expect(phases.revisions.tokens).toBe(4);
  expect(phases['update conversation'].tokens).toBe(3);
  expect(phases['update feedback'].seconds).toBeGreaterThan(0.01);
  expect(clock.take().answers).toEqual({ seconds: 0, tokens: 0 });
});
