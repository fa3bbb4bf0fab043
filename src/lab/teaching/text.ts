/** A text to learn from: read from a file, and cut into sequences. */

/** A text that nothing can be learned from; the message says why. */
export class LessonTextError extends Error {
  override name = 'LessonTextError';
}

/** Largest text, in bytes of UTF-8. */
export const LARGEST_TEXT = 2 ** 20;
/** Fewest tokens: a tenth of them is held out. */
const FEWEST_TOKENS = 20;

/** A plain-text file. Throws `LessonTextError`. */
export async function readTextFile(file: Pick<Blob, 'size' | 'arrayBuffer'>): Promise<string> {
  checkSize(file.size);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    throw notText();
  }
  // UTF-16 without its mark is UTF-8 as well, every other character a zero.
  if (text.includes('\0')) throw notText();
  return text;
}

/** Throws `LessonTextError` where there is nothing in a text, or too much. */
export function checkText(text: string): void {
  if (text.trim() === '') throw new LessonTextError('There is no text yet. Paste, type or drop one.');
  checkSize(new TextEncoder().encode(text).length);
}

function checkSize(bytes: number): void {
  if (bytes <= LARGEST_TEXT) return;
  throw new LessonTextError(`This text has ${bytes} bytes and may have ${LARGEST_TEXT}. Take a part of it.`);
}

const notText = () => new LessonTextError('This file is not plain text in UTF-8. Save it as such, then drop it again.');

/** Sequences of token ids, of two at least each. */
export type Sequences = readonly (readonly number[])[];

export const lessonParts = ['training', 'heldOut'] as const;
export type LessonPart = (typeof lessonParts)[number];

/**
 * A text's ids as sequences of at most `length`: those to learn from, and the last tenth, which is only measured. Every
 * token but the first of all is predicted in one sequence. Throws `LessonTextError` for a text of few tokens.
 */
export function cut(ids: readonly number[], length: number): Record<LessonPart, Sequences> {
  if (ids.length < FEWEST_TOKENS) {
    throw new LessonTextError(`This text has ${ids.length} tokens and needs ${FEWEST_TOKENS}. Write more of it.`);
  }
  const end = ids.length - Math.round(ids.length / 10);
  return { training: sequencesOf(ids.slice(0, end), length), heldOut: sequencesOf(ids.slice(end - 1), length) };
}

/** Each begins with the token that the one before it ended on: it is read there, and was predicted here. */
function sequencesOf(ids: readonly number[], length: number): number[][] {
  const sequences: number[][] = [];
  for (let from = 0; from + 1 < ids.length; from += length - 1) sequences.push(ids.slice(from, from + length));
  return sequences;
}

/** Tokens that are predicted: all but the first of each sequence. */
export const predicted = (sequences: Sequences): number => sequences.reduce((sum, { length }) => sum + length - 1, 0);
