import type { RealPrompt } from '../../tasks/prompts';
import type { AnswerChat } from './answer-chat';

/** A prompt as the model reads it, or why it is not asked. */
export type Question = { prompt: RealPrompt; ids: readonly number[] } | { prompt: RealPrompt; skipped: string };

/** Longest prompt with its answer, in tokens: memory is planned for it. */
const LONGEST = 2048;

/** Errors that are about one prompt alone, by their names: the model's words may be in another worker. */
const ofOnePrompt = new Set(['ChatTemplateError', 'GuestTokenizerError']);

/** Every prompt in the model's words. One that it has no words for, or no room, is left out and says so. */
export async function questionsOf(
  prompts: readonly RealPrompt[],
  chat: AnswerChat,
  { maxNewTokens, positions }: { maxNewTokens: number; positions: number },
): Promise<Question[]> {
  const budget = Math.min(LONGEST, positions) - maxNewTokens;
  if (budget < 1) throw new TooFewPositionsError(positions);
  const question = async (prompt: RealPrompt): Promise<Question> => {
    const skip = (skipped: string): Question => ({ prompt, skipped });
    try {
      const ids = await chat.encode(prompt.text);
      if (ids.length === 0) return skip('The model has no words for it.');
      if (ids.length > budget) return skip(`It has ${ids.length} tokens, and ${budget} leave room for an answer.`);
      return { prompt, ids };
    } catch (error) {
      if (error instanceof Error && ofOnePrompt.has(error.name)) return skip(error.message);
      throw error;
    }
  };
  return await Promise.all(prompts.map(question));
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
