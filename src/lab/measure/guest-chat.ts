import { renderChat } from '../../chat/rendering';
import type { Guest } from '../../checkpoint/guest';
import { GuestTokenizer } from '../../checkpoint/guest-tokenizer';

/** What a model reads of a prompt, and the text of what it writes. */
export interface AnswerChat {
  /** Ids up to the place where the answer begins. Throws where the model has no words for the prompt. */
  encode(prompt: string): number[];
  /** Text of an answer's ids, and whether it came to its end there. What stands behind the first end token is left out. */
  decode(ids: readonly number[]): { text: string; ended: boolean };
}

/** Through the model's chat template; one without a template continues the prompt as plain text. */
export function guestChat(guest: Guest): AnswerChat {
  const tokenizer = new GuestTokenizer(guest);
  const { chatTemplate, tokenizerConfig, endTokens } = guest;
  return {
    encode(prompt) {
      if (chatTemplate === null) return tokenizer.encode(prompt);
      const rendered = renderChat(chatTemplate, [{ role: 'user', content: prompt }], { tokenizerConfig });
      // The template writes the special tokens itself.
      return tokenizer.encode(rendered, { special: false });
    },
    decode(ids) {
      const end = ids.findIndex((id) => endTokens.includes(id));
      const own = end < 0 ? ids : ids.slice(0, end);
      return { text: tokenizer.decode(own, { special: false }), ended: end >= 0 };
    },
  };
}
