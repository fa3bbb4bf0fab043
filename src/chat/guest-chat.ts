import type { Guest } from '../checkpoint/guest';
import type { Awaitable, ChatFormat } from './chat-format';

/** What of a guest its chat is made of: all that a stranger wrote and that is run. */
export type GuestWords = Pick<Guest, 'name' | 'tokenizer' | 'tokenizerConfig' | 'chatTemplate' | 'endTokens'> & {
  config: Pick<Guest['config'], 'vocab_size'>;
};

/** The chat of a guest. Its tokenizer and its template are anyone's, so that it is opened where it can be ended. */
export interface GuestChat extends ChatFormat {
  /** Tokens of a text with those that the model puts around it. */
  tokens(text: string): Awaitable<number[]>;
}

/** A guest's chat that is open, until it is closed. */
export interface OpenedChat extends GuestChat {
  close(): void;
}

/** Throws what is wrong with its words. */
export type OpenChat = (words: GuestWords) => Promise<OpenedChat>;

/** Without the weights, which are many times larger. */
export function wordsOf({ name, config: { vocab_size }, ...guest }: GuestWords): GuestWords {
  const { tokenizer, tokenizerConfig, chatTemplate, endTokens } = guest;
  return { name, config: { vocab_size }, tokenizer, tokenizerConfig, chatTemplate, endTokens };
}
