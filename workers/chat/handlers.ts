import { TemplateFormat } from '../../src/chat/template';
import type { Handlers } from '../protocol/calls';
import type { ChatCalls } from '../protocol/chat';

/** Answers what is asked of one guest's words, in a worker of the page or in a thread of Node. */
export function chatHandlers(): Handlers<ChatCalls> {
  let format: TemplateFormat | null = null;
  // The client asks for nothing before this one is open.
  const opened = () => format!;
  return {
    open({ words }) {
      format = new TemplateFormat(words);
      return null;
    },
    context: ({ messages, as }) => opened().context(messages, as),
    encode: ({ text }) => opened().encode(text),
    tokens: ({ text }) => opened().tokens(text),
    text: ({ ids }) => opened().text(ids),
    decode: ({ ids }) => opened().decode(ids),
    length: ({ text }) => opened().length(text),
  };
}
