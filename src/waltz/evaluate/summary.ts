import type { StepMetrics } from '../learn/metrics';
import { outcomeOf } from '../game/outcome';
import { own, triggers, type Game } from '../game/game';
import type { FeedbackRewards, Outcome } from '../game/rollout';
import { outcomes } from '../game/rollout';

export type GameSummary = Omit<StepMetrics, 'step' | 'stage' | 'agents' | 'tokens_trained' | 'time'>;

/** What a step's games say by themselves: rates over rollouts, or over feedbacks where it is feedback that is counted. */
export function summarize(games: readonly Game[], rewards: readonly (readonly FeedbackRewards[])[]): GameSummary {
  const ends = games.map(gameOutcome);
  const counts = countOutcomes(ends);
  const feedbacks = games.flatMap((game) => game.feedbacks);
  const paid = rewards.flat();
  return {
    reward_first: mean(games.map(({ answers }) => answers[0].verdict.reward)),
    reward_final: mean(games.map(({ answers }) => answers[answers.length - 1].verdict.reward)),
    reward_feedback: feedbacks.length ? mean(paid.map(({ total }) => total)) : null,
    label_accuracy: feedbacks.length ? mean(paid.map(({ label }) => label)) : null,
    json_errors: feedbacks.length ? share(feedbacks, ({ parsed }) => parsed === null) : null,
    trigger_rate: share(games, triggered),
    improved: counts.improved / games.length,
    worsened: counts.spoiled / games.length,
    outcomes: counts,
    tokens_generated: games.flatMap(({ turns }) => turns).reduce((sum, text) => sum + own(text).length, 0),
  };
}

export function gameOutcome({ answers, feedbacks }: Game): Outcome {
  const verdicts = answers.map(({ verdict }) => verdict);
  // Where nobody advises, the first answer is served as if it had been cleared.
  if (feedbacks.length === 0) return verdicts[0].good ? 'untouched' : 'missed';
  return outcomeOf(verdicts, feedbacks[0].parsed);
}

/** Whether any answer of the game was sent back. */
export function triggered({ feedbacks }: Game): boolean {
  return feedbacks.some(({ parsed }) => triggers(parsed));
}

export function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

export function share<T>(items: readonly T[], holds: (item: T) => boolean): number {
  return items.filter(holds).length / items.length;
}

function countOutcomes(ends: readonly Outcome[]): Record<Outcome, number> {
  const counts = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  for (const end of ends) counts[end]++;
  return counts;
}
