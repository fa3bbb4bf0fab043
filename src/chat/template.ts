import { GuestTokenizer } from '../checkpoint/guest-tokenizer';
import { ANCHOR, behindAnchor } from './behind';
import type { Message, Text } from './chat-format';
import type { GuestChat, GuestWords } from './guest-chat';
import { renderChat } from './rendering';
import { sampledParts, type SampledMessage } from './sampled-parts';

/**
 * The chat of any model, through its own chat template: what the writer says is the assistant's, what stands before all is
 * the system's, and what anybody else says, advice too, is what the user says next. A model without a template goes on from plain text. It runs what a stranger wrote, and
 * may never end: pages and commands open it by `ChatClient`, apart.
 */
export class TemplateFormat implements GuestChat {
  readonly #guest: Pick<GuestWords, 'chatTemplate' | 'tokenizerConfig'>;
  readonly #tokenizer: GuestTokenizer;
  readonly ends: readonly number[];
  readonly probes = null;

  /** Throws `GuestTokenizerError`. */
  constructor(guest: GuestWords) {
    this.#guest = guest;
    this.#tokenizer = new GuestTokenizer(guest);
    this.ends = guest.endTokens;
  }

  /** Throws `ChatTemplateError` and `GuestTokenizerError`. */
  context(messages: readonly Message[], as: string): number[] {
    const { chatTemplate, tokenizerConfig } = this.#guest;
    const said = messages.map(({ role, content }): SampledMessage => {
      const spokenBy = role === as ? 'assistant' : role === 'system' ? role : 'user';
      if (typeof content === 'string') return { role: spokenBy, content, ids: null };
      return { role: spokenBy, content: this.text(content), ids: this.#sampled(content) };
    });
    if (chatTemplate === null) return this.#tokenizer.encode(said.map(({ content }) => content).join('\n'));
    const parts = sampledParts(said, (plain) => renderChat(chatTemplate, plain, { tokenizerConfig }));
    return parts.flatMap((part, i) => (typeof part === 'string' ? this.#encodePart(part, i > 0) : part));
  }

  /** A text without its end, unless it has special tokens within: read back, they could open a turn. */
  #sampled(ids: readonly number[]): readonly number[] | null {
    const text = this.#strip(ids);
    return this.decode(text) === this.text(text) ? text : null;
  }

  /** The template writes the special tokens itself. */
  #encodePart(part: string, isBehind: boolean): number[] {
    const ids = this.encode(part);
    return isBehind ? behindAnchor(this.encode(ANCHOR), this.encode(ANCHOR + part), ids) : ids;
  }

  encode(text: string): number[] {
    return this.#tokenizer.encode(text, { special: false });
  }

  tokens(text: string): number[] {
    return this.#tokenizer.encode(text);
  }

  /** Special tokens that a model wrote are left out: read back, they could open a turn in somebody else's name. */
  text(ids: readonly number[]): string {
    return this.#tokenizer.decode(this.#strip(ids), { special: false });
  }

  decode(ids: readonly number[]): string {
    return this.#tokenizer.decode(ids);
  }

  length(text: Text): number {
    return typeof text === 'string' ? this.encode(text).length : this.#strip(text).length;
  }

  /** Whatever stands behind the first end token is no part of a text. */
  #strip(ids: readonly number[]): readonly number[] {
    const end = ids.findIndex((id) => this.ends.includes(id));
    return end < 0 ? ids : ids.slice(0, end);
  }
}
