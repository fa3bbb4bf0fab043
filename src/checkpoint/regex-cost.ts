/** Open repetitions in a row that are still quick: real tokenizers' patterns have at most four in one branch. */
const MOST = 8;

interface Group {
  /** Open repetitions so far. */
  open: number;
  /** Whether one text can be read in it in several ways: it has branches, or pieces that may be left out. */
  several: boolean;
}

/**
 * Whether a regular expression may take time out of all proportion to its text: a repetition of what repeats already,
 * such as `(a+)+`, of what can be read in several ways, such as `(a|a)+` or `(aa?)+`, or too many repetitions in a row. Errs on the
 * side of yes; broken ones are left to whoever compiles them.
 */
export function mayExplode(pattern: string): boolean {
  const fresh = (): Group => ({ open: 0, several: false });
  /** Every group that is open, the outermost first. */
  const groups = [fresh()];
  // An escape, a class, a quantifier with what makes it lazy or possessive, a bracket or a branch; anything else is an atom.
  const pieces = /\\.|\[(?:\\.|[^\]\\])*\]|(?:[*+?]|\{\d*,?\d*\})[?+]?|\(\??|[)|]|[^]/gu;
  /** The group that has just ended. */
  let closed: Group | null = null;
  for (const [piece] of pattern.matchAll(pieces)) {
    const group = groups[groups.length - 1];
    if (piece.startsWith('(')) groups.push(fresh());
    else if (piece === ')') {
      closed = groups.pop()!;
      if (groups.length === 0) groups.push(fresh());
      const around = groups[groups.length - 1];
      around.open += closed.open;
      around.several ||= closed.several;
      if (closed.open > MOST) return true;
      continue;
    } else if (piece === '|') {
      if (groups.length === 1) group.open = 0;
      group.several = true;
    } else if (/^(?:[*+]|\{\d*,)/.test(piece)) {
      if (closed && (closed.open > 0 || closed.several)) return true;
      if (++group.open > MOST) return true;
      group.several ||= piece.startsWith('{');
    } else if (piece.startsWith('?')) group.several = true;
    closed = null;
  }
  return false;
}
