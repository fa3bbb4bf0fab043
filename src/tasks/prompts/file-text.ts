import type { Refuse } from './table';

/** Byte-order marks, and what they say. Excel writes all but the last. */
const marks = [
  { mark: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { mark: [0xff, 0xfe], encoding: 'utf-16le' },
  { mark: [0xfe, 0xff], encoding: 'utf-16be' },
] as const;

/** The text of a file in UTF-8, or in UTF-16 with its mark. The mark is left out. */
export function decodeText(bytes: Uint8Array, refuse: Refuse): string {
  const encoding = marks.find(({ mark }) => mark.every((byte, i) => bytes[i] === byte))?.encoding ?? 'utf-8';
  const text = decoded(bytes, encoding, refuse);
  const zero = text.indexOf('\0');
  if (zero >= 0) refuse(lineAt(text, zero), 'it holds a zero byte, so it is no text. Save it as text in UTF-8.');
  return text;
}

function decoded(bytes: Uint8Array, encoding: string, refuse: Refuse): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    const lenient = new TextDecoder(encoding).decode(bytes);
    const line = lineAt(lenient, lenient.indexOf('\ufffd'));
    return refuse(line, 'a letter is not in UTF-8. Save the file as UTF-8; Excel calls it "CSV UTF-8".');
  }
}

/** The line of a place in a text, counted from 1. */
function lineAt(text: string, place: number): number {
  return 1 + lineBreaks(text.slice(0, place));
}

/** Line breaks of any kind in a text. */
export function lineBreaks(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}
