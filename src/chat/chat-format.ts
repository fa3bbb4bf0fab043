import type { ChatProbes } from './chat-probes';

/** A text as words, or as the very tokens that were sampled (which need not survive decoding and encoding). */
export type Text = string | readonly number[];

/** One message of a chat, under the role that says it: `user`, `assistant`, `feedback`, `advice`; `system` for what stands before all. */
export interface Message {
  role: string;
  content: Text;
}

/** Something now, or once whoever knows it has answered. */
export type Awaitable<Value> = Value | Promise<Value>;

/** How a model reads a chat, and how what it writes is read. */
export interface ChatFormat {
  /**
   * The token ids that `as` reads before it writes the next message. Of a longer chat they begin with those of a shorter one
   * and what was written after it, where the format allows it, so that a KV cache can be kept.
   */
  context(messages: readonly Message[], as: string): Awaitable<number[]>;
  /** Ids that end a text. */
  readonly ends: readonly number[];
  /** Tokens of a text as a model would go on from them. */
  encode(text: string): Awaitable<number[]>;
  /** The words of sampled tokens, without the end token. */
  text(ids: readonly number[]): Awaitable<string>;
  /** The words of any tokens, special ones included. */
  decode(ids: readonly number[]): Awaitable<string>;
  /** Length of a text in tokens, end token left out. */
  length(text: Text): Awaitable<number>;
  /** Where models are asked how sure they are; null where flags and openings are not one token each. */
  readonly probes: ChatProbes | null;
}
