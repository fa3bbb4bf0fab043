import type { UpdateReport } from '../../model/agent';
import type { Task } from '../../task/task';
import { gameOutcome } from '../evaluate/summary';
import type { Game, PlayedTurn } from '../game/game';
import type { FeedbackRewards, Rollout, Span } from '../game/rollout';
import { repairedSpans } from '../game/spans';
import type { Trajectories } from './selection';

/** Games as the page and the archive show them: texts, verdicts, rewards, advantages, marks. No token ids. */
export function recordRollouts(
  task: Pick<Task, 'unsafeParts'>,
  games: readonly Game[],
  rewards: readonly (readonly FeedbackRewards[])[],
  chosen: Trajectories,
  reports: Readonly<Record<string, UpdateReport | null>>,
): Rollout[] {
  const advantage = advantages(chosen, reports);
  return games.map((game, index) => ({
    index: game.rollout,
    prompt: game.prompt,
    answers: game.answers.map((answer, round) => ({
      text: answer.text,
      verdict: answer.verdict,
      advantage: advantage(index, answer),
      spans: spans(task, game, round),
    })),
    feedbacks: game.feedbacks.map((turn, round) => ({
      text: turn.text,
      parsed: turn.parsed,
      rewards: rewards[index][round],
      advantage: advantage(index, turn),
    })),
    outcome: gameOutcome(game),
  }));
}

/** Looks up the mean advantage of a text; null where it was not in its agent's update. */
function advantages(chosen: Trajectories, reports: Readonly<Record<string, UpdateReport | null>>) {
  const known = new Map(
    Object.entries(chosen).flatMap(([role, texts]) =>
      texts.map(({ game, round }, i) => [`${game}/${role}/${round}`, reports[role]?.advantages[i] ?? null] as const),
    ),
  );
  return (game: number, { role, round }: PlayedTurn): number | null => known.get(`${game}/${role}/${round}`) ?? null;
}

function spans(task: Pick<Task, 'unsafeParts'>, { prompt, answers }: Game, round: number): Span[] {
  const { text, verdict } = answers[round];
  if (verdict.unsafe) return task.unsafeParts(prompt, text).map((part) => ({ ...part, kind: 'unsafe' }));
  const repaired = round > 0 && round === answers.length - 1 && verdict.good && !answers[0].verdict.good;
  return repaired ? repairedSpans(text, answers[0].text) : [];
}
