/** A text that does not grow together with what stands behind it. */
export const ANCHOR = '\n';

/**
 * Tokens of a text that stands behind others, of those of the anchor, of both, and of the text alone: SentencePiece puts a space
 * before whatever it encodes first.
 */
export function behindAnchor(anchor: readonly number[], both: readonly number[], alone: readonly number[]): number[] {
  return anchor.every((id, i) => id === both[i]) ? both.slice(anchor.length) : [...alone];
}
