import type { Message, Text } from '../../src/chat/chat-format';
import { wordsOf, type GuestWords, type OpenedChat } from '../../src/chat/guest-chat';
import { WorkerCalls, type Question, type WorkerPort } from '../protocol/calls';
import type { ChatCalls } from '../protocol/chat';
import { timeLimitFault } from '../time-limit';

/** Milliseconds for anything that is asked of a guest's words; a lesson's text of a megabyte takes its time. */
const PATIENCE = 5000;
const PER_CHARACTER = 0.02;

function startWorker(): WorkerPort {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'chat' });
}

type CallsOfChat = Pick<WorkerCalls<ChatCalls>, 'ask' | 'close'>;

/**
 * A guest's chat in a worker of its own, which is ended where the tokenizer or the template does not come to an end. Every
 * error is a `WorkerError` under the name of its class there, or `TimeLimitError`.
 */
export class ChatClient implements OpenedChat {
  readonly ends: readonly number[];
  readonly probes = null;
  readonly #calls: CallsOfChat;

  private constructor(calls: CallsOfChat, { endTokens }: GuestWords) {
    this.#calls = calls;
    this.ends = endTokens;
  }

  /** Nothing of it is left where that fails. */
  static async open(guest: GuestWords, port: WorkerPort = startWorker()): Promise<ChatClient> {
    // By its name alone: what is kept here would keep all of a guest in memory, weights too.
    const { name } = guest;
    const calls = new WorkerCalls<ChatCalls>(port, `The worker of the words of "${name}"`, {
      limit: {
        of: chatLimit,
        fault: (milliseconds) => timeLimitFault(`The tokenizer or the chat template of “${name}”`, milliseconds),
      },
    });
    try {
      return await ChatClient.over(calls, guest);
    } catch (error) {
      calls.close();
      throw error;
    }
  }

  /** The same where a worker is there already. */
  static async over(calls: CallsOfChat, guest: GuestWords): Promise<ChatClient> {
    const words = wordsOf(guest);
    await calls.ask('open', { words });
    return new ChatClient(calls, words);
  }

  context(messages: readonly Message[], as: string): Promise<number[]> {
    return this.#calls.ask('context', { messages, as });
  }

  encode(text: string): Promise<number[]> {
    return this.#calls.ask('encode', { text });
  }

  tokens(text: string): Promise<number[]> {
    return this.#calls.ask('tokens', { text });
  }

  text(ids: readonly number[]): Promise<string> {
    return this.#calls.ask('text', { ids });
  }

  decode(ids: readonly number[]): Promise<string> {
    return this.#calls.ask('decode', { ids });
  }

  length(text: Text): Promise<number> {
    return this.#calls.ask('length', { text });
  }

  /** Ends the worker; what is still asked for is rejected. */
  close(): void {
    this.#calls.close();
  }
}

/** Milliseconds that a question may take. */
export function chatLimit(question: Question<ChatCalls>): number {
  return PATIENCE + PER_CHARACTER * lengthOf(question);
}

/** Characters of what is to be read. */
function lengthOf(question: Question<ChatCalls>): number {
  if (question.kind === 'context') return question.messages.reduce((sum, { content }) => sum + content.length, 0);
  return 'text' in question ? question.text.length : 0;
}
