/** What crosses between a `ChatClient` and the worker of one guest's words. */
import type { Message, Text } from '../../src/chat/chat-format';
import type { GuestWords } from '../../src/chat/guest-chat';

export interface ChatCalls {
  /** Once, and first: what is wrong with the words is thrown here. */
  open: { asked: { words: GuestWords }; answer: null };
  context: { asked: { messages: readonly Message[]; as: string }; answer: number[] };
  encode: { asked: { text: string }; answer: number[] };
  tokens: { asked: { text: string }; answer: number[] };
  text: { asked: { ids: readonly number[] }; answer: string };
  decode: { asked: { ids: readonly number[] }; answer: string };
  length: { asked: { text: Text }; answer: number };
}
