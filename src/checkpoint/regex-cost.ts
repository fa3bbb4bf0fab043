import { everything, PatternTooDeepError, readPattern, type Characters, type Tree } from './regex-tree';

/** Longest pattern, in characters; real tokenizers' stay below 1,000. */
const LONGEST = 5000;
/** In how many ways one text may be read; real patterns have about ten. */
const MOST_WAYS = 1000;
/** Open repetitions that can share their text out between them in any way; real patterns have at most one. */
const MOST_SHARING = 2;
/** Repeated more often than this, what may be left out counts as an open repetition. */
const FEW = 16;

/** In how many ways a text of n characters can be read: about `ways` × n to the power of `sharing`. */
interface Cost {
  ways: number;
  sharing: number;
}

/** What can come behind a piece of a pattern. */
interface Rest {
  first: Characters;
  /** Whether it can fail to match, so that the piece is tried in another way. */
  fails: boolean;
}

const end: Rest = { first: 0n, fails: false };

/**
 * Whether a regular expression may take time out of all proportion to its text. One that can tell by the next character which
 * way to go never turns back, so what counts is where it cannot: branches that begin alike, and pieces that may be left
 * out or go on where what follows begins like them. A few of these are quick, a row of them or a repetition is not. Errs
 * on the side of yes; broken ones are left to whoever compiles them.
 */
export function mayExplode(pattern: string): boolean {
  if (pattern.length > LONGEST) return true;
  try {
    return isTooMuch(costOf(readPattern(pattern), end));
  } catch (error) {
    if (error instanceof PatternTooDeepError) return true;
    throw error;
  }
}

function isTooMuch({ ways, sharing }: Cost): boolean {
  return !(ways <= MOST_WAYS && sharing <= MOST_SHARING);
}

function costOf(tree: Tree, rest: Rest): Cost {
  switch (tree.kind) {
    case 'character':
    case 'nothing':
      return { ways: 1, sharing: 0 };
    case 'lookahead':
    case 'lookbehind': {
      // Read backwards, a lookbehind has its own beginning behind it. Nothing turns back into either once it is passed.
      const own = costOf(tree.inner, tree.kind === 'lookahead' ? end : { first: everything, fails: true });
      return { ways: isTooMuch(own) ? Infinity : 1, sharing: 0 };
    }
    case 'row':
      return costOfRow(tree.parts, rest);
    case 'branches': {
      const costs = tree.parts.map((part) => costOf(part, rest));
      return {
        ways: (rest.fails ? alike(tree.parts, rest) : 1) * Math.max(...costs.map(({ ways }) => ways)),
        sharing: Math.max(...costs.map(({ sharing }) => sharing)),
      };
    }
    case 'repeat':
      return costOfRepeat(tree, rest);
  }
}

function costOfRow(parts: readonly Tree[], behind: Rest): Cost {
  const cost = { ways: 1, sharing: 0 };
  let rest = behind;
  for (const part of parts.toReversed()) {
    const { ways, sharing } = costOf(part, rest);
    cost.ways *= ways;
    cost.sharing += sharing;
    const always = part.kind === 'repeat' && part.least === 0;
    rest = { first: part.first | (part.nullable ? rest.first : 0n), fails: rest.fails || !always };
  }
  return cost;
}

function costOfRepeat({ inner, least, most }: Tree & { kind: 'repeat' }, rest: Rest): Cost {
  const again = { first: most > 1 ? rest.first | inner.first : rest.first, fails: rest.fails || least > 1 };
  const { ways, sharing } = costOf(inner, again);
  const unclear = most > least && rest.fails && (inner.nullable || overlap(inner.first, rest.first));
  if (most > FEW && most > least) {
    return ways > 1 || sharing > 0 ? { ways: Infinity, sharing } : { ways, sharing: unclear ? 1 : 0 };
  }
  return { ways: ways ** most * (unclear ? most - least + 1 : 1), sharing: sharing * most };
}

/** The most branches that one of them cannot be told from by how they begin, itself among them. */
function alike(branches: readonly Tree[], rest: Rest): number {
  const beginnings = branches.map((branch) => beginning(branch, rest));
  return Math.max(
    ...beginnings.map(
      (one) => beginnings.filter((other) => one.every((set, i) => i >= other.length || overlap(set, other[i]))).length,
    ),
  );
}

/** Character by character, as far as it is the same for every match. */
function beginning(tree: Tree, rest: Rest): Characters[] {
  if (tree.kind === 'row') {
    const variable = tree.parts.findIndex(({ kind }) => kind !== 'character');
    const plain = tree.parts.slice(0, variable < 0 ? undefined : variable);
    if (plain.length > 0) return plain.map(({ first }) => first);
  }
  return [tree.first | (tree.nullable ? rest.first : 0n)];
}

function overlap(a: Characters, b: Characters): boolean {
  return (a & b) !== 0n;
}
