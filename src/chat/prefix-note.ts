import { ChatTemplateError, renderChat } from './rendering';

/** A dialogue of three turns, as templates know them. */
const dialogue = [
  { role: 'user', content: 'Hello.' },
  { role: 'assistant', content: 'Good day.' },
  { role: 'user', content: 'And now?' },
];

/**
 * What is to be said of a chat template that rewrites what was said before, or null: what a model reads then does not go on
 * from what it wrote, so that nothing that was computed of it is of use. A template that refuses the dialogue is not judged.
 */
export function prefixNote(template: string, tokenizerConfig: Readonly<Record<string, unknown>>): string | null {
  const upTo = (count: number) => renderChat(template, dialogue.slice(0, count), { tokenizerConfig });
  try {
    const [first, later] = [upTo(1), upTo(3)];
    if (later.startsWith(first)) return null;
  } catch (error) {
    if (error instanceof ChatTemplateError) return null;
    throw error;
  }
  return 'Its chat template changes earlier turns as a dialogue goes on, so each turn is read from the start. What is learned are the tokens that were sampled.';
}
