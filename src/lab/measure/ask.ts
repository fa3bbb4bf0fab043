import { ChatTemplateError } from '../../chat/rendering';
import { GuestTokenizerError } from '../../checkpoint/guest-tokenizer';
import type { RealPrompt } from '../../tasks/prompts';
import type { AnswerChat } from './answer-chat';

/** A prompt as the model reads it, or why it is not asked. */
export type Question = { prompt: RealPrompt; ids: readonly number[] } | { prompt: RealPrompt; skipped: string };

/** Longest prompt with its answer, in tokens: memory is planned for it. */
const LONGEST = 2048;

/** Every prompt in the model's words. One that it has no words for, or no room, is left out and says so. */
export function questionsOf(
  prompts: readonly RealPrompt[],
  chat: AnswerChat,
  { maxNewTokens, positions }: { maxNewTokens: number; positions: number },
): Question[] {
  const budget = Math.min(LONGEST, positions) - maxNewTokens;
  if (budget < 1) throw new TooFewPositionsError(positions);
  return prompts.map((prompt) => {
    const skip = (skipped: string): Question => ({ prompt, skipped });
    try {
      const ids = chat.encode(prompt.text);
      if (ids.length === 0) return skip('The model has no words for it.');
      if (ids.length > budget) return skip(`It has ${ids.length} tokens, and ${budget} leave room for an answer.`);
      return { prompt, ids };
    } catch (error) {
      if (error instanceof GuestTokenizerError || error instanceof ChatTemplateError) return skip(error.message);
      throw error;
    }
  });
}

/** Tokens of the longest prompt with its answer. */
export function lengthOf(questions: readonly Question[], maxNewTokens: number): number {
  return (
    questions.reduce((most, question) => Math.max(most, 'ids' in question ? question.ids.length : 1), 1) + maxNewTokens
  );
}

/** A model that reads fewer tokens than the answer alone may have. */
export class TooFewPositionsError extends Error {
  override name = 'TooFewPositionsError';

  constructor(positions: number) {
    super(`This model reads ${positions} tokens, and a prompt needs room beside its answer. Ask for fewer new tokens.`);
  }
}
