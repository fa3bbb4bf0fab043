/** What was sampled, in a chat that is rendered as text: the tokens stand as they were drawn, and are not encoded again. */

/** A part of a rendered chat: text to encode, or tokens that are there already. */
export type ChatPart = string | readonly number[];

/** Of private use in Unicode, so that hardly any text has it. */
const MARK = '\u{E000}';

export interface SampledMessage {
  role: string;
  /** The words of it. */
  content: string;
  /** What was sampled, its end left out; null for what nobody sampled. */
  ids: readonly number[] | null;
}

/**
 * The parts of a chat, of which `render` makes a text. It is one text without any tokens where the template does more with a
 * message than put it in, as with one that leaves a train of thought out.
 */
export function sampledParts(
  messages: readonly SampledMessage[],
  render: (messages: { role: string; content: string }[]) => string,
): ChatPart[] {
  const plain = render(messages.map(({ role, content }) => ({ role, content })));
  if (messages.every(({ ids }) => ids === null)) return [plain];
  const texts = messages.map(({ content }) => content).join('');
  let mark = MARK;
  while (texts.includes(mark)) mark += MARK;
  const place = (at: number) => `${mark}${at}${mark}`;
  const marked = render(
    messages.map(({ role, content, ids }, at) => ({ role, content: ids === null ? content : place(at) })),
  );
  const pieces = marked.split(new RegExp(`${mark}(\\d+)${mark}`, 'u'));
  // Texts stand at even places, and the numbers of messages between them.
  const filled = pieces.map((piece, i) => (i % 2 === 0 ? piece : messages[Number(piece)].content));
  if (filled.join('') !== plain) return [plain];
  return pieces.map((piece, i): ChatPart => (i % 2 === 0 ? piece : messages[Number(piece)].ids!));
}
