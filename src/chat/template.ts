import { renderChat, type ChatMessage } from './rendering';
import type { Guest } from '../checkpoint/guest';
import { GuestTokenizer } from '../checkpoint/guest-tokenizer';
import type { Round, Text } from './words';
import type { Answerer } from '../lab/floor/dance';
import type { Instrument } from '../lab/floor/voice';

/** Tokens of a stranger's answer at most: it may not know where to end. */
const NEW_TOKENS = 128;

/**
 * A model from elsewhere that answers in its own words: through its chat template, with advice as what the user says next; one
 * without a template goes on from plain text.
 */
export function guestAnswerer(guest: Guest, { decoder, length }: Instrument): Answerer {
  const tokenizer = new GuestTokenizer(guest);
  const { chatTemplate, endTokens } = guest;
  const textOf = (text: Text) => (typeof text === 'string' ? text : tokenizer.decode(text, { special: false }));
  return {
    voice: {
      decoder,
      ends: endTokens,
      newTokens: NEW_TOKENS,
      length,
      decode: (ids) => tokenizer.decode(ids),
    },
    context(prompt, rounds) {
      const messages = messagesOf(prompt, rounds, textOf);
      if (chatTemplate === null) return tokenizer.encode(messages.map(({ content }) => content).join('\n'));
      // The template writes the special tokens itself.
      const rendered = renderChat(chatTemplate, messages, { tokenizerConfig: guest.tokenizerConfig });
      return tokenizer.encode(rendered, { special: false });
    },
  };
}

function messagesOf(prompt: Text, rounds: readonly Round[], textOf: (text: Text) => string): ChatMessage[] {
  const later = rounds.flatMap(({ answer, advice }): ChatMessage[] => [
    { role: 'assistant', content: textOf(answer) },
    { role: 'user', content: textOf(advice) },
  ]);
  return [{ role: 'user', content: textOf(prompt) }, ...later];
}
