import { TemplateFormat } from '../../chat/template';
import type { Guest } from '../../checkpoint/guest';

/** What a model reads of a prompt, and the text of what it writes. */
export interface AnswerChat {
  /** Ids up to the place where the answer begins. Throws where the model has no words for the prompt. */
  encode(prompt: string): number[];
  /** Text of an answer's ids, and whether it came to its end there. What stands behind the first end token is left out. */
  decode(ids: readonly number[]): { text: string; ended: boolean };
}

/** Through the model's chat template; one without a template continues the prompt as plain text. */
export function guestChat(guest: Guest): AnswerChat {
  const format = new TemplateFormat(guest);
  return {
    encode: (prompt) => format.context([{ role: 'user', content: prompt }], 'assistant'),
    decode: (ids) => ({ text: format.text(ids), ended: ids.some((id) => format.ends.includes(id)) }),
  };
}
