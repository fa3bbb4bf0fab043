import type { ChatFormat } from '../../chat/chat-format';
import type { Agent, DrawPlace } from '../../model/agent';
import type { Feedback } from '../../task/feedback-format';
import type { Judge } from '../../task/judge';
import type { Prompt } from '../../task/prompt';
import type { Task } from '../../task/task';
import type { Role } from './role';
import type { Writer } from './turns';

/** How agents draw their texts. */
export interface Sampling {
  temperature: number;
  /** Place of the random draws, of any game and turn. */
  draw: Pick<DrawPlace, 'seed' | 'stream' | 'step'>;
}

/** A role's agent as the writer of its texts: it reads what the role reads, and goes on from there. */
export function agentWriter(
  role: Role,
  agent: Pick<Agent, 'generate'>,
  { format, task }: { format: ChatFormat; task: Pick<Task, 'limits'> },
  { temperature, draw }: Sampling,
): Writer {
  return async (games, turn) => {
    const contexts = await Promise.all(
      games.map(async (game) => await format.context(role.reads(game), role.chatRole)),
    );
    const rollouts = games.map(({ rollout }) => rollout);
    const completions = await agent.generate(contexts, {
      maxNewTokens: role.newTokens(task.limits),
      temperature,
      draw: { ...draw, rollouts, phase: 4 * turn.round + role.phase },
      turn,
      // A revision goes on from what the agent has read of the same game.
      cache: rollouts,
    });
    return await Promise.all(
      completions.map(async ({ ids }, i) => {
        const from = contexts[i].length;
        return { ids, from, text: await format.text(ids.slice(from)) };
      }),
    );
  };
}

/** In the place of the role that writes feedback: the judge's labels, with a template as advice. */
export function oracleWriter(judge: Judge, task: Pick<Task, 'feedback'>): Writer<Prompt> {
  return async (games) => {
    const items = games.map(({ prompt, turns }) => ({
      prompt,
      answer: turns.findLast(({ kind }) => kind === 'answer')!.text,
    }));
    const verdicts = await judge.judge(items);
    return verdicts.map(({ unsafe, overrefuse }) => {
      const advice = task.feedback.template({ unsafe, overrefuse });
      const feedback: Feedback = { reasoning: '', unsafe, overrefuse, feedback: advice };
      return { ids: [], from: 0, text: JSON.stringify(feedback) };
    });
  };
}
