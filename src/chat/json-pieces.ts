import type { Piece } from '../tokenizer';

/** The punctuation of a feedback object, each piece one added token, so that the text is real JSON. */
export const jsonPieces = [
  { text: '{"reasoning":"', before: false, after: true },
  { text: '","unsafe":', before: true, after: true },
  { text: 'true', before: false, after: false },
  { text: 'false', before: false, after: false },
  { text: ',"overrefuse":', before: true, after: true },
  { text: ',"feedback":"', before: true, after: true },
  { text: '"}', before: true, after: false },
] as const satisfies readonly Piece[];
