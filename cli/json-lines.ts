import { readIfPresent, writeAtomically } from './files';

/**
 * The lines of a file that grows by lines, as they stand; none where there is no file. A process that was ended in the middle of a
 * line leaves half of it: that goes once `accept` has taken every whole line.
 */
export function readWholeLines<Line>(path: string, accept: (line: string, at: number) => Line): Line[] {
  const text = new TextDecoder().decode(readIfPresent(path) ?? new Uint8Array());
  const lines = text.split('\n');
  const rest = lines.pop()!;
  const accepted = lines.map(accept);
  if (rest !== '') writeAtomically(path, text.slice(0, text.length - rest.length));
  return accepted;
}
