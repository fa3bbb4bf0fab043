import type { ChatFormat } from '../../chat/chat-format';

/** What a model reads of a prompt, and the text of what it writes. */
export interface AnswerChat {
  /** Ids up to the place where the answer begins. Throws where the model has no words for the prompt. */
  encode(prompt: string): number[];
  /** Text of an answer's ids, and whether it came to its end there. What stands behind the first end token is left out. */
  decode(ids: readonly number[]): { text: string; ended: boolean };
}

/** One prompt, one answer, in a model's own chat. */
export function answerChat(format: Pick<ChatFormat, 'context' | 'text' | 'ends'>): AnswerChat {
  return {
    encode: (prompt) => format.context([{ role: 'user', content: prompt }], 'assistant'),
    decode(ids) {
      const end = ids.findIndex((id) => format.ends.includes(id));
      return { text: format.text(end < 0 ? ids : ids.slice(0, end)), ended: end >= 0 };
    },
  };
}
