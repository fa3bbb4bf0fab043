import type { Task } from '../../task/task';
import type { AgentName } from '../game/roles';
import type { UpdateReport } from '../../model/agent';
import type { Trajectories } from './selection';
import type { Game } from '../game/play';
import type { FeedbackRewards, Rollout, Span } from '../game/rollout';
import { repairedSpans } from '../game/spans';
import { gameOutcome } from '../evaluate/summary';

/** Games as the page and the archive show them: texts, verdicts, rewards, advantages, marks. No token ids. */
export function recordRollouts(
  task: Pick<Task, 'unsafeParts'>,
  games: readonly Game[],
  rewards: readonly (readonly FeedbackRewards[])[],
  chosen: Trajectories,
  reports: Record<AgentName, UpdateReport | null>,
): Rollout[] {
  const advantage = {
    conversation: advantages(chosen.conversation, reports.conversation),
    feedback: advantages(chosen.feedback, reports.feedback),
  };
  return games.map((game, index) => ({
    index: game.rollout,
    prompt: game.prompt,
    answers: game.answers.map(({ text, verdict }, round) => ({
      text,
      verdict,
      advantage: advantage.conversation(index, round),
      spans: spans(task, game, round),
    })),
    feedbacks: game.feedbacks.map(({ text, parsed }, round) => ({
      text,
      parsed,
      rewards: rewards[index][round],
      advantage: advantage.feedback(index, round),
    })),
    outcome: gameOutcome(game),
  }));
}

/** Looks up the mean advantage of a text; null where it was not in its agent's update. */
function advantages(chosen: Trajectories[AgentName], report: UpdateReport | null) {
  const known = new Map(chosen.map(({ game, round }, i) => [`${game}/${round}`, report?.advantages[i] ?? null]));
  return (game: number, round: number): number | null => known.get(`${game}/${round}`) ?? null;
}

function spans(task: Pick<Task, 'unsafeParts'>, { prompt, answers }: Game, round: number): Span[] {
  const { text, verdict } = answers[round];
  if (verdict.unsafe) return task.unsafeParts(prompt, text).map((part) => ({ ...part, kind: 'unsafe' }));
  const repaired = round > 0 && round === answers.length - 1 && verdict.good && !answers[0].verdict.good;
  return repaired ? repairedSpans(text, answers[0].text) : [];
}
