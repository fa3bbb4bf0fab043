import type { Awaitable, ChatFormat } from '../../chat/chat-format';

/** What a model reads of a prompt, and the text of what it writes. */
export interface AnswerChat {
  /** Ids up to the place where the answer begins. Throws where the model has no words for the prompt. */
  encode(prompt: string): Awaitable<number[]>;
  /** Text of an answer's ids, and whether it came to its end there. What stands behind the first end token is left out. */
  decode(ids: readonly number[]): Awaitable<{ text: string; ended: boolean }>;
}

/** One prompt, one answer, in a model's own chat. */
export function answerChat(format: Pick<ChatFormat, 'context' | 'text' | 'ends'>): AnswerChat {
  return {
    encode: (prompt) => format.context([{ role: 'user', content: prompt }], 'assistant'),
    async decode(ids) {
      const end = ids.findIndex((id) => format.ends.includes(id));
      return { text: await format.text(end < 0 ? ids : ids.slice(0, end)), ended: end >= 0 };
    },
  };
}
