/** Open repetitions in a row that are still quick: real tokenizers' patterns have at most four in one branch. */
const MOST = 8;

/**
 * Whether a regular expression may take time out of all proportion to its text: a repetition of what repeats already,
 * such as `(a+)+`, or too many of them in a row. Errs on the side of yes; broken ones are left to whoever compiles them.
 */
export function mayExplode(pattern: string): boolean {
  /** Open repetitions so far in each group that is open, the outermost first. */
  const groups = [0];
  // An escape, a class, a quantifier with what makes it lazy or possessive, a bracket or a branch; anything else is an atom.
  const pieces = /\\.|\[(?:\\.|[^\]\\])*\]|(?:[*+?]|\{\d*,?\d*\})[?+]?|\(\??|[)|]|[^]/gu;
  let closed = 0;
  for (const [piece] of pattern.matchAll(pieces)) {
    if (piece.startsWith('(')) groups.push(0);
    else if (piece === ')') {
      closed = groups.pop() ?? 0;
      if (groups.length === 0) groups.push(0);
      groups[groups.length - 1] += closed;
      if (closed > MOST) return true;
      continue;
    } else if (piece === '|') {
      if (groups.length === 1) groups[0] = 0;
    } else if (/^(?:[*+]|\{\d*,)/.test(piece)) {
      if (closed > 0 || ++groups[groups.length - 1] > MOST) return true;
    }
    closed = 0;
  }
  return false;
}
