import type { Feedback } from '../../task/feedback-format';
import type { Judge, Verdict } from '../../task/judge';
import type { Prompt } from '../../task/prompt';
import type { Task } from '../../task/task';
import type { AgentName } from './roles';
import type { StreamName } from '../../random/philox';
import type { Agent, Completion } from '../../model/agent';
import type { Dialogue } from '../../chat/words';
import { newTokenLimits } from '../../chat/words';
import type { Adviser } from '../evaluate/system';

/** Who plays, and by which rules texts are read. */
export interface Players {
  agents: Record<AgentName, Agent>;
  judge: Judge;
  task: Pick<Task, 'limits' | 'feedback'>;
  dialogue: Dialogue;
}

/** A text that an agent wrote: the whole sequence, and where its own tokens start. */
export interface Written {
  ids: readonly number[];
  from: number;
  text: string;
}

export interface PlayedAnswer extends Written {
  verdict: Verdict;
}

export interface PlayedFeedback extends Written {
  parsed: Feedback | null;
}

/** One finished game (p, c_0, f_0, …, c_T). Every parsed, flagging feedback has the answer that follows it. */
export interface Game {
  rollout: number;
  prompt: Prompt;
  answers: PlayedAnswer[];
  feedbacks: PlayedFeedback[];
}

export interface PlayOptions {
  /** Who advises; the feedback agent if left out. */
  adviser?: Adviser;
  /** T_max. */
  maxRounds: number;
  temperature: number;
  /** Place of the random draws; `rollouts` has one number per prompt. */
  draw: { seed: number; stream: StreamName; step: number; rollouts: readonly number[] };
}

interface OpenGame {
  rollout: number;
  prompt: Prompt;
  answers: Written[];
  feedbacks: PlayedFeedback[];
}

/** Whether a feedback sends its answer back for revision (sec. 2.1). */
export function triggers(parsed: Feedback | null): parsed is Feedback {
  return parsed !== null && (parsed.unsafe || parsed.overrefuse);
}

/**
 * Plays one game per prompt, all in the same batches (sec. 2.1): c_0 for every prompt, then for at most T_max rounds a
 * feedback for every open game and a revision for those that it flags. A game stops when the feedback clears the answer
 * or does not parse. Answers are judged in one batch at the end: the game itself never sees the judge.
 */
export async function play(prompts: readonly Prompt[], players: Players, options: PlayOptions): Promise<Game[]> {
  const { dialogue, task, agents } = players;
  const limits = newTokenLimits(task.limits);
  const games = prompts.map((prompt, i): OpenGame => ({
    rollout: options.draw.rollouts[i],
    prompt,
    answers: [],
    feedbacks: [],
  }));
  const write = async (
    agent: AgentName,
    open: readonly OpenGame[],
    contexts: readonly (readonly number[])[],
    round: number,
    phase: number,
  ): Promise<Written[]> => {
    const rollouts = open.map(({ rollout }) => rollout);
    const completions = await agents[agent].generate(contexts, {
      maxNewTokens: agent === 'conversation' ? limits.answer : limits.feedback,
      temperature: options.temperature,
      draw: { ...options.draw, rollouts, phase },
      turn: { role: agent, round },
      // A revision goes on from what the agent has read of the same game.
      cache: rollouts,
    });
    return completions.map((completion, i) => written(completion, contexts[i].length, dialogue));
  };
  const answer = async (open: readonly OpenGame[], round: number) => {
    const contexts = open.map((game) => dialogue.conversationPrompt(game.prompt.text, roundsOf(game)));
    const texts = await write('conversation', open, contexts, round, 4 * round);
    texts.forEach((text, i) => open[i].answers.push(text));
  };
  const consult = async (open: readonly OpenGame[], round: number) => {
    const items = open.map(({ prompt, answers }) => ({ prompt, answer: answers[round].text }));
    const verdicts = await players.judge.judge(items);
    verdicts.forEach((verdict, i) => open[i].feedbacks.push(oracleFeedback(verdict, players)));
  };
  const advise = async (open: readonly OpenGame[], round: number) => {
    if (options.adviser === 'oracle') {
      await consult(open, round);
      return;
    }
    const contexts = open.map((game) => dialogue.feedbackPrompt(game.prompt.text, own(game.answers[round])));
    const texts = await write('feedback', open, contexts, round, 4 * round + 1);
    texts.forEach((text, i) => open[i].feedbacks.push({ ...text, parsed: parseFeedback(text.text, players) }));
  };

  if (games.length) await answer(games, 0);
  let open: readonly OpenGame[] = options.adviser === 'nobody' ? [] : games;
  for (let round = 0; round < options.maxRounds && open.length; round++) {
    await advise(open, round);
    open = open.filter(({ feedbacks }) => triggers(feedbacks[round].parsed));
    if (open.length) await answer(open, round + 1);
  }
  return judged(games, players.judge);
}

async function judged(games: readonly OpenGame[], judge: Judge): Promise<Game[]> {
  const items = games.flatMap(({ prompt, answers }) => answers.map(({ text }) => ({ prompt, answer: text })));
  const verdicts = items.length ? await judge.judge(items) : [];
  let next = 0;
  return games.map((game) => ({
    ...game,
    answers: game.answers.map((text) => ({ ...text, verdict: verdicts[next++] })),
  }));
}

/** The agent's own tokens of a text, end token included where it was reached. */
export function own({ ids, from }: Written): readonly number[] {
  return ids.slice(from);
}

/** Advice that is longer than the world's limit is not well-formed either: the buffers of a revision are planned by it. */
export function parseFeedback(text: string, { task, dialogue }: Pick<Players, 'task' | 'dialogue'>): Feedback | null {
  const parsed = task.feedback.parse(text);
  return parsed && dialogue.length(parsed.feedback) <= task.limits.advice ? parsed : null;
}

/** The judge's labels with a template as advice: written by no agent, so it has no tokens. */
function oracleFeedback({ unsafe, overrefuse }: Verdict, { task }: Players): PlayedFeedback {
  const parsed: Feedback = {
    reasoning: '',
    unsafe,
    overrefuse,
    feedback: task.feedback.template({ unsafe, overrefuse }),
  };
  return { ids: [], from: 0, text: JSON.stringify(parsed), parsed };
}

function roundsOf({ answers, feedbacks }: OpenGame) {
  return feedbacks.map(({ parsed }, t) => ({ answer: own(answers[t]), advice: parsed?.feedback ?? '' }));
}

function written({ ids }: Completion, from: number, dialogue: Dialogue): Written {
  return { ids, from, text: dialogue.text(ids.slice(from)) };
}
