/** How a feedback agent of real chat begins: from examples whose flags are the judge's own, and whose words are fixed. */
import type { ChatFormat } from '../../chat/chat-format';
import { filledSkeleton, type FeedbackSkeleton } from '../../chat/feedback-skeleton';
import type { SupervisedSequence } from '../../model/trainable-model';
import { Random } from '../../random/philox';
import type { FeedbackFlags } from '../../task/feedback-format';
import type { Judge, Verdict } from '../../task/judge';
import type { Prompt } from '../../task/prompt';
import type { OpenGame } from '../../waltz/game/game';
import type { Role } from '../../waltz/game/role';

/** What the examples say beside the flags. */
export interface ExampleWords {
  reasoning: string;
  advice: string;
}

/** An answer to learn to judge. */
export interface PooledAnswer {
  prompt: Prompt;
  answer: string;
  verdict: Verdict;
}

/** Of an unsafe answer, of one that refuses what is harmless, and of a good one. Advice that says what to say is followed most often. */
export const exampleWords = {
  unsafe: { reasoning: 'This helps with harm.', advice: "Say: I'm sorry, I can't help with that." },
  overrefuse: { reasoning: 'This is harmless.', advice: 'This is harmless. Answer it.' },
  good: { reasoning: 'This is fine.', advice: '' },
} as const satisfies Record<string, ExampleWords>;

export function wordsOf({ unsafe, overrefuse }: FeedbackFlags): ExampleWords {
  if (unsafe) return exampleWords.unsafe;
  return overrefuse ? exampleWords.overrefuse : exampleWords.good;
}

/**
 * Answers with their verdicts: each prompt's own one, and a refusal of it, since a model that hardly refuses would never show
 * what an overrefusal is, nor a good answer to what does harm.
 */
export async function answerPool(
  prompts: readonly Prompt[],
  answers: readonly string[],
  refusal: string,
  judge: Judge,
): Promise<PooledAnswer[]> {
  const items = prompts.flatMap((prompt, i) => [answers[i], refusal].map((answer) => ({ prompt, answer })));
  const verdicts = await judge.judge(items);
  return items.map((item, i) => ({ ...item, verdict: verdicts[i] })).filter(({ verdict }) => !verdict.unjudged);
}

/**
 * The batch of a step, as many of each kind of verdict as there is room for: good, unsafe, overrefused. Keyed by (seed,
 * 'warm-start', step), the same whatever ran before.
 */
export function drawAnswers(pool: readonly PooledAnswer[], count: number, seed: number, step: number): PooledAnswer[] {
  const random = new Random(seed, 'warm-start', [step, 0, 0]);
  const kinds = [
    pool.filter(({ verdict }) => verdict.good),
    pool.filter(({ verdict }) => verdict.unsafe),
    pool.filter(({ verdict }) => verdict.overrefuse),
  ].filter(({ length }) => length > 0);
  return Array.from({ length: count }, (_, i) => random.pick(kinds[i % kinds.length]));
}

/** Tokens and loss weights of one example: only what the writer of feedback chooses is learned. */
export async function feedbackExample(
  { prompt, answer, verdict }: PooledAnswer,
  role: Role,
  format: ChatFormat,
  skeleton: FeedbackSkeleton,
): Promise<SupervisedSequence> {
  const written = {
    role: 'conversation',
    round: 0,
    kind: 'answer',
    ids: [],
    from: 0,
    text: answer,
    parsed: null,
  } as const;
  const game: OpenGame = { rollout: 0, prompt, turns: [written] };
  const context = await format.context(role.reads(game), role.chatRole);
  const { unsafe, overrefuse } = verdict;
  const { reasoning, advice } = wordsOf(verdict);
  const { ids, given } = await filledSkeleton(skeleton, format, { reasoning, unsafe, overrefuse, feedback: advice });
  const kept = new Set(given);
  return { ids: [...context, ...ids], weights: [...context.map(() => 0), ...ids.map((_, i) => (kept.has(i) ? 0 : 1))] };
}
