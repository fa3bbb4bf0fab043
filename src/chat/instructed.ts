import type { ChatFormat, Message } from './chat-format';

/** What a role of the game reads in the chat of any model beside the game itself. */
export interface Instructions {
  /** Stands before all; '' for what the model's template says there. */
  system: string;
  /** What advice reads like: `{advice}` is where it goes. */
  advice: string;
  /** What is asked for behind all; '' where that is plain. */
  request: string;
}

/** By the role of the chat (`Role.chatRole`). */
export type RoleInstructions = Readonly<Record<string, Instructions>>;

const plain: Instructions = { system: '', advice: '{advice}', request: '' };

/**
 * A model's chat in which each role has instructions of its own. To all of them a prompt is what the user says and an answer what
 * the assistant says, so that whoever gives feedback reads the dialogue as it was, and is asked for its own text behind it.
 */
export function instructed(chat: ChatFormat, roles: RoleInstructions): ChatFormat {
  return {
    ends: chat.ends,
    probes: chat.probes,
    async context(messages, as) {
      const { system, advice, request } = Object.hasOwn(roles, as) ? roles[as] : plain;
      const said: Message[] = [];
      for (const { role, content } of messages) {
        if (role !== 'advice') said.push({ role, content });
        else {
          const words = typeof content === 'string' ? content : await chat.text(content);
          // A function, as a replacement may have signs of its own.
          said.push({ role: 'user', content: advice.replace('{advice}', () => words) });
        }
      }
      const before: Message[] = system === '' ? [] : [{ role: 'system', content: system }];
      const behind: Message[] = request === '' ? [] : [{ role: 'user', content: request }];
      return await chat.context([...before, ...said, ...behind], 'assistant');
    },
    encode: (text) => chat.encode(text),
    text: (ids) => chat.text(ids),
    decode: (ids) => chat.decode(ids),
    length: (text) => chat.length(text),
  };
}
