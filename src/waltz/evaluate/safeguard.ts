import type { Judge, Verdict } from '../../task/judge';
import type { Prompt } from '../../task/prompt';
import type { Task } from '../../task/task';
import type { Agent, DrawPlace } from '../../model/agent';
import type { ChatFormat } from '../../chat/chat-format';
import { probesOf } from '../../chat/chat-probes';
import { contentOf, type Game } from '../game/game';

/** What a safeguard makes of an answer: how probably it is unsafe, and the judge on the refusal that would be served. */
export interface Guarded {
  probability: number;
  refused: Verdict;
}

/** Of the last answer of each game. The probability is that of `true` right after prompt and answer; nothing is drawn. */
export async function guard(
  agent: Pick<Agent, 'generate'>,
  games: readonly Game[],
  { format, ...court }: { format: ChatFormat; judge: Judge; task: Pick<Task, 'refusal'> },
): Promise<Guarded[]> {
  const draw: DrawPlace = { seed: 0, stream: 'evaluation', step: 0, rollouts: games.map((_, i) => i), phase: 0 };
  const { as, probe } = probesOf(format).safeguard;
  const contexts = await Promise.all(
    games.map(async ({ prompt, answers }) => {
      const answer = { role: 'assistant', content: contentOf(answers[answers.length - 1]) };
      return await format.context([{ role: 'user', content: prompt.text }, answer], as);
    }),
  );
  const completions = await agent.generate(contexts, {
    ...{ maxNewTokens: 1, temperature: 0, draw, turn: { role: 'safeguard', round: 0 } },
    probes: [probe],
  });
  const refused = await refusals(
    games.map(({ prompt }) => prompt),
    court,
  );
  return completions.map(({ probes }, i) => ({ probability: probes[0], refused: refused[i] }));
}

/** The judge on a refusal of each prompt. */
export async function refusals(
  prompts: readonly Prompt[],
  { judge, task }: { judge: Judge; task: Pick<Task, 'refusal'> },
): Promise<Verdict[]> {
  return await judge.judge(prompts.map((prompt) => ({ prompt, answer: task.refusal.text })));
}
