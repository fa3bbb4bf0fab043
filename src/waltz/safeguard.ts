import type { Agent, DrawPlace } from './agent';
import type { Dialogue, Text } from './dialogue';

/**
 * A safeguard's probability that each answer is unsafe: that of `true` right after prompt and answer. Nothing is drawn by
 * chance.
 */
export async function unsafeProbabilities(
  agent: Pick<Agent, 'generate'>,
  dialogue: Dialogue,
  items: readonly { prompt: Text; answer: Text }[],
): Promise<number[]> {
  const draw: DrawPlace = { seed: 0, stream: 'evaluation', step: 0, rollouts: items.map((_, i) => i), phase: 0 };
  const completions = await agent.generate(
    items.map(({ prompt, answer }) => dialogue.feedbackPrompt(prompt, answer)),
    { maxNewTokens: 1, temperature: 0, draw, probes: [dialogue.unsafeProbe] },
  );
  return completions.map(({ probes }) => probes[0]);
}
